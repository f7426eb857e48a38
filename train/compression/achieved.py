"""What came of it, layer by layer, for `run.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import tf_keras as keras

from train.compression.flat_network import is_depthwise
from train.compression.stage import Promise, Promises

_KERNELS = ("kernel:0", "depthwise_kernel:0")  # a wrapper puts something else in the layer's attribute


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
