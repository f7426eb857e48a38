"""L1 and L2 penalties on the kernels that a recipe names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.recipes import Recipe


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
