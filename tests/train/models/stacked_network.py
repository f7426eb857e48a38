"""An architecture that only tests know: all of it is in this file, as the documents say that it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from train.augment.augmentation import OFF
from train.models.architecture import Architecture, NamedRecipe
from train.recipes import Recipe


def _features(x: Any, recipe: Recipe, _weights: str, _dropout: Callable[..., Any]) -> Any:
    import tf_keras as keras

    from train.models.head import FEATURES_LAYER, kernel_penalty

    for number, filters in enumerate(recipe.filters, start=1):
        name = f"stage{number}_conv"
        penalty = kernel_penalty(recipe, name)
        x = keras.layers.Conv2D(filters, 3, 2, activation="relu", kernel_regularizer=penalty, name=name)(x)
    return keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(x)


def _convolutions(recipe: Recipe) -> tuple[str, ...]:
    return tuple(f"stage{number}_conv" for number in range(1, len(recipe.filters) + 1))


def _notes(recipe: Recipe) -> list[str]:
    return ["two stages are few"] if len(recipe.filters) == 2 else []


STACKED = Recipe(
    name="stacked",
    architecture="stacked",
    input_size=32,
    epochs=1,
    learning_rate=1e-3,
    augmentation=OFF,
    filters=(4, 8),
    head_epochs=1,
    head_learning_rate=1e-3,
)

ARCHITECTURE = Architecture(
    name="stacked",
    features=_features,
    recipes=(NamedRecipe(STACKED, "strided convolutions, one after the other"),),
    blocks=r"stage\d+",
    own_settings=frozenset({"filters"}),
    brings_weights=True,  # so that there is a head to train first
    channels="filters",
    penalized=_convolutions,
    notes=_notes,
)
