"""What the stages of a compression have in common: a wrapped network, what its kernels promise, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import tf_keras as keras

from train.compression.flat_network import is_depthwise

_KERNELS = ("kernel:0", "depthwise_kernel:0")  # a wrapper puts something else in the layer's attribute


@dataclass(frozen=True)
class Promise:
    """What a layer's kernel will be like in every file that is made of it.

    Attributes:
        sparsity: share of zeros at least, 0..1.
        two_of_four: whether each four weights along the input channels hold at least two zeros.
        clusters: distinct values at most; 0: any number.
    """

    sparsity: float = 0.0
    two_of_four: bool = False
    clusters: int = 0

    def and_clusters(self, clusters: int) -> Promise:
        """Return this promise with another one on top."""
        return replace(self, clusters=clusters)

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


Promises = dict[str, Promise]
"""By layer name; a layer that is not named has promised nothing."""


@dataclass(frozen=True)
class WrappedNetwork:
    """A network wrapped for one stage.

    Attributes:
        model: a `tf_keras.Model` to train.
        finish: trained model → a plain one; after quantization-aware training one that holds its ranges.
        callbacks: that the training needs, before all others.
        first_eligible_epoch: the first one, from 1, that may be the best.
    """

    model: Any
    finish: Callable[[Any], Any]
    callbacks: tuple[Any, ...] = ()
    first_eligible_epoch: int = 1


def layers_achieved(model: Any, promises: Promises) -> list[dict[str, Any]]:
    """Describe every kernel of a network in the order of its layers.

    Args:
        model: plain, or wrapped for quantization; the kernels themselves are looked at, not their rounded selves.
        promises: by layer name.

    Returns:
        per kernel: `layer`, `kind` (conv, depthwise, dense), `shape` as Keras has it, `sparsity` (0..1), `distinct`
        values, and `promise`.
    """
    found = []
    for layer in model.layers:
        kernels = [variable for variable in layer.weights if variable.name.split("/")[-1] in _KERNELS]
        if not kernels:
            continue
        inside = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer
        values = kernels[0].numpy()
        found.append(
            {
                "layer": inside.name,
                "kind": _kind(inside),
                "shape": list(values.shape),
                "sparsity": float((values == 0).mean()),
                "distinct": len(np.unique(values)),
                "promise": promises.get(inside.name, Promise()).to_json(),
            }
        )
    return found


def _kind(layer: Any) -> str:
    if isinstance(layer, keras.layers.Dense):
        return "dense"
    return "depthwise" if is_depthwise(layer) else "conv"
