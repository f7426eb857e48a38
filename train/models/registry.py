"""All architectures and their recipes; imports no TensorFlow, because `--help` reads it."""

from __future__ import annotations

from importlib import import_module

from edge_app.common.errors import UsageError
from train.models.architecture import Architecture, NamedRecipe
from train.recipes import Recipe

_FILES = (  # in `train/models/architectures/`, in the order in which the help shows them; the first is the default
    "mobilenet_v2",
    "custom_cnn",
    "inception_v3",
    "hub",
)


def _read(file: str) -> Architecture:
    architecture = import_module(f"train.models.architectures.{file}").ARCHITECTURE
    assert isinstance(architecture, Architecture)
    return architecture


ARCHITECTURES: dict[str, Architecture] = {found.name: found for found in map(_read, _FILES)}
"""By name."""


def architecture_named(name: str) -> Architecture:
    """Return an architecture.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in ARCHITECTURES:
        raise UsageError(f"unknown architecture `{name}`; choose one of {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def architecture_of(recipe: Recipe) -> Architecture:
    """Return the architecture of a recipe.

    Raises:
        UsageError: there is none of this name.
    """
    return architecture_named(recipe.architecture)


def named_recipes() -> dict[str, NamedRecipe]:
    """Return what there is to know of every recipe, by name; the default first."""
    return {one.name: one for architecture in ARCHITECTURES.values() for one in architecture.recipes}


def recipes() -> dict[str, Recipe]:
    """Return every recipe by name, the default first."""
    return {name: one.recipe for name, one in named_recipes().items()}


def can_get_weights(recipe: Recipe) -> bool:
    """Tell whether ImageNet weights for a recipe are on this machine, or their server answers."""
    files = architecture_of(recipe).weights
    return files is not None and files.can_get(recipe)


def recipes_table() -> str:
    """Return a Markdown table of all recipes, for the documents."""
    lines = ["| `--recipe` | what | training time | accuracy | source |", "|---|---|---|---|---|"]
    for name, one in named_recipes().items():
        lines.append(f"| `{name}` | {one.summary} | {one.time} | {one.accuracy} | {one.source} |")
    return "\n".join(lines) + "\n"
