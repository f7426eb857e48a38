"""What all networks end in: a dense layer of probabilities, with two scores or with one; and penalties on kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.recipes import Recipe

FEATURES_LAYER = "features"
"""Name of the layer of a pretrained network whose output the head takes: (batch, width)."""

HEAD_LAYER = "probabilities"
"""Name of the last layer of every network."""


HIDDEN_LAYER = "hidden"
"""Name of the dense layer before the last one, where there is one."""


def hidden(features: Any, recipe: Recipe) -> Any:
    """Put a dense layer of `recipe.dense_units` rectified units on (batch, width) features."""
    return keras.layers.Dense(
        recipe.dense_units,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=kernel_penalty(recipe, HIDDEN_LAYER),
        name=HIDDEN_LAYER,
    )(features)


def add_head(features: Any, recipe: Recipe, classes: int) -> Any:
    """Put the last layer on features.

    Args:
        features: (batch, width) tensor of Keras.
        recipe: says whether the head has one logit, and its penalty.
        classes: number of labels.

    Returns:
        (batch, classes) probabilities, float32 under mixed precision too; with one logit (batch, 1): of the second
        label.

    Raises:
        UsageError: one logit for other than two classes.
    """
    if recipe.one_logit and classes != 2:
        raise UsageError(f"one logit tells two classes apart, received {classes} classes; train without one logit")
    return keras.layers.Dense(
        1 if recipe.one_logit else classes,
        activation="sigmoid" if recipe.one_logit else "softmax",
        kernel_regularizer=kernel_penalty(recipe, HEAD_LAYER),
        dtype="float32",
        name=HEAD_LAYER,
    )(features)


def two_way(model: Any) -> Any:
    """Return the same network with a softmax of two scores instead of the sigmoid of one logit z.

    sigmoid(z) = softmax([0, z])[1], so the new kernel is [0, w] and the new bias [0, b]. All other layers are shared
    with the model that was given. A model that has two or more scores is returned as it is.

    Args:
        model: a network of `build_model`.
    """
    one = model.get_layer(HEAD_LAYER)
    if one.units != 1:
        return model
    two = keras.layers.Dense(
        2, activation="softmax", kernel_regularizer=one.kernel_regularizer, dtype="float32", name=HEAD_LAYER
    )
    both = keras.Model(model.input, two(one.input), name=model.name)
    two.set_weights([np.concatenate([np.zeros_like(array), array], axis=-1) for array in one.get_weights()])
    return both


def kernel_penalty(recipe: Recipe, layer: str) -> Any:
    """Return the `tf_keras` regularizer of a layer's kernel, or None; the last penalty that names the layer counts."""
    for penalty in reversed(recipe.penalties):
        if layer.startswith(penalty.layers):
            return keras.regularizers.L1L2(penalty.l1, penalty.l2) if penalty.l1 or penalty.l2 else None
    return None


def refuse_unknown_layers(recipe: Recipe, layers: Sequence[str]) -> None:
    """Check that every penalty is on a layer that there is.

    Args:
        recipe: its penalties.
        layers: names of all layers whose kernels can have one.

    Raises:
        UsageError: a penalty names none of them.
    """
    for penalty in recipe.penalties:
        if not any(layer.startswith(penalty.layers) for layer in layers):
            raise UsageError(
                f"no layer that can have a penalty begins with `{penalty.layers}`; in {recipe.name} there are "
                f"{', '.join(layers)}"
            )
