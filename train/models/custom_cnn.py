"""The course's network: convolution blocks from scratch."""

from __future__ import annotations

from typing import Any

import tf_keras as keras

from train.models.penalties import kernel_penalty
from train.recipes import Recipe

_BATCH_NORM_MOMENTUM = 0.9  # Keras' 0.99 needs thousands of steps before inference agrees with training


def build_custom_cnn(recipe: Recipe, classes: int) -> Any:
    """Build blocks of Conv (no bias) → BatchNorm → ReLU → MaxPool, then Flatten, Dense, Dropout, Dense.

    The bias would be cancelled by batch normalization.
    """
    inputs = keras.Input((recipe.input_size, recipe.input_size, 3), name="images")
    x = inputs
    for number, filters in enumerate(recipe.filters, start=1):
        x = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            kernel_regularizer=kernel_penalty(recipe, f"block{number}_conv"),
            name=f"block{number}_conv",
        )(x)
        x = keras.layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"block{number}_norm")(x)
        x = keras.layers.ReLU(name=f"block{number}_relu")(x)
        x = keras.layers.MaxPooling2D(name=f"block{number}_pool")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(
        recipe.dense_units,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=kernel_penalty(recipe, "hidden"),
        name="hidden",
    )(x)
    x = keras.layers.Dropout(recipe.dropout, name="dropout")(x)
    outputs = keras.layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name=recipe.name)
