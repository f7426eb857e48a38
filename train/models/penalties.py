"""L1 and L2 penalties on the kernels that a recipe names."""

from __future__ import annotations

from typing import Any

import tf_keras as keras

from train.recipes import Recipe


def kernel_penalty(recipe: Recipe, layer: str) -> Any:
    """Return the `tf_keras` regularizer of a layer's kernel, or None; the last penalty that names the layer counts."""
    for penalty in reversed(recipe.penalties):
        if layer.startswith(penalty.layers):
            return keras.regularizers.L1L2(penalty.l1, penalty.l2) if penalty.l1 or penalty.l2 else None
    return None
