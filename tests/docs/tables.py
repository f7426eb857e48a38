"""Tables in the documents that follow from the code, by the name of their block."""

from __future__ import annotations

from collections.abc import Callable

from convert.quantize.recipes import RECIPES
from train.augment.augmentation import Augmentation
from train.models.registry import recipes_table
from train.offline.settings import OfflineAugmentation
from train.settings import settings_table
from train.verbs.recipe_options import recipe_settings_table


def conversion_recipes_table() -> str:
    """Return a Markdown table of the ways to make a `.tflite` file."""
    lines = [
        "| `--recipes` | what is quantized, in and out | calibrated on photographs | same label as Keras, at least |"
    ]
    lines += ["|---|---|---|---:|"]
    for recipe in RECIPES.values():
        calibrated = "yes" if recipe.calibrated else "no"
        lines += [f"| `{recipe.name}` | {recipe.summary} | {calibrated} | {recipe.least_agreement:.1%} |"]
    return "\n".join(lines) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "recipes": recipes_table,
    "recipe settings": recipe_settings_table,
    "augmentation settings": lambda: settings_table(Augmentation),
    "offline augmentation settings": lambda: settings_table(OfflineAugmentation),
    "conversion recipes": conversion_recipes_table,
}
