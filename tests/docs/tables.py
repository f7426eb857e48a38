"""Tables in the documents that follow from the code, by the name of their block."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.results.compare_boards import board_names, compare_boards
from benchmarks.results.envelope import read_result
from benchmarks.results.latency import LatencyResult
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


def boards_table() -> str:
    """Return what `fieldlens bench compare` says of results that lie beside this file.

    Of `bench run` of the starter with one thread: here, `--on` the container of `make test-systemd`, and `--on` the
    emulated root of `make test-arm64`.
    """
    paths = [Path(__file__).parent / "boards" / f"{name}.json" for name in ("workstation", "container", "emulated")]
    results = [read_result(path, LatencyResult) for path in paths]
    found = compare_boards(dict(zip(board_names(paths), results, strict=True)))
    return "\n".join([str(found.table), "", *(f"- warning: {sentence}" for sentence in found.warnings)]) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "recipes": recipes_table,
    "recipe settings": recipe_settings_table,
    "augmentation settings": lambda: settings_table(Augmentation),
    "offline augmentation settings": lambda: settings_table(OfflineAugmentation),
    "conversion recipes": conversion_recipes_table,
    "boards": boards_table,
}
