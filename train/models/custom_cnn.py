"""The course's network: convolution blocks from scratch."""

from __future__ import annotations

from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models.head import HIDDEN_LAYER, hidden
from train.models.penalties import kernel_penalty
from train.models.stateless_dropout import DropoutMaker
from train.recipes import Recipe

_BATCH_NORM_MOMENTUM = 0.9  # Keras' 0.99 needs thousands of steps before inference agrees with training


def custom_cnn_features(x: Any, recipe: Recipe, dropout: DropoutMaker) -> Any:
    """Add blocks of Conv → BatchNorm → ReLU (once or more) → MaxPool, then Flatten or average, and Dense.

    A convolution before batch norm has no bias, which the normalization would cancel; without batch norm it has one.

    Args:
        x: (batch, size, size, 3) tensor of Keras.
        recipe: filters and convolutions of each block, batch norm, dropout of channels behind it, pooling and units.
        dropout: makes the dropout layers.

    Returns:
        (batch, width) features.

    Raises:
        UsageError: no blocks, or more than the input size can be halved.
    """
    if not recipe.filters:
        raise UsageError(f"the recipe `{recipe.name}` has no convolution blocks; give filters, such as 32 64 128")
    if recipe.input_size < 2 ** len(recipe.filters):
        raise UsageError(
            f"{len(recipe.filters)} blocks halve {recipe.input_size} px to nothing; give an image size of at least "
            f"{2 ** len(recipe.filters)}, or fewer filters"
        )
    for number, filters in enumerate(recipe.filters, start=1):
        x = _block(x, recipe, f"block{number}", filters, dropout)
    if recipe.pooling == "flatten":
        x = keras.layers.Flatten(name="flatten")(x)
    else:
        x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return hidden(x, recipe) if recipe.dense_units else x


def kernel_layers(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of all layers below the head that have a kernel."""
    blocks = range(1, len(recipe.filters) + 1)
    names = tuple(f"block{number}_conv{suffix}" for number in blocks for suffix in _suffixes(recipe))
    return (*names, HIDDEN_LAYER) if recipe.dense_units else names


def _block(x: Any, recipe: Recipe, name: str, filters: int, dropout: DropoutMaker) -> Any:
    for suffix in _suffixes(recipe):
        x = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=not recipe.batch_norm,
            kernel_initializer="he_normal",
            kernel_regularizer=kernel_penalty(recipe, f"{name}_conv{suffix}"),
            name=f"{name}_conv{suffix}",
        )(x)
        if recipe.batch_norm:
            x = keras.layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_norm{suffix}")(x)
        x = keras.layers.ReLU(name=f"{name}_relu{suffix}")(x)
    x = keras.layers.MaxPooling2D(name=f"{name}_pool")(x)
    if recipe.block_dropout > 0:
        x = dropout(recipe.block_dropout, f"{name}_dropout", (None, 1, 1, filters))(x)
    return x


def _suffixes(recipe: Recipe) -> tuple[str, ...]:
    """Return what the names of a block's convolutions end with: nothing, then their places."""
    return ("", *(str(place) for place in range(2, recipe.convolutions + 1)))
