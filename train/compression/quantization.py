"""Quantization-aware training: the network learns with its weights and activations rounded to 8 bits.

What tensorflow-model-optimization 0.8.1 knows, found by trying: Conv2D, DepthwiseConv2D, Dense, ReLU (also ReLU 6),
Add, Concatenate, MaxPooling2D, GlobalAveragePooling2D, AveragePooling2D, Flatten, Dropout, ZeroPadding2D, Reshape,
Permute and Softmax; BatchNormalization behind a convolution or a dense layer only. Normalization, Rescaling and nested
models it refuses. Of a convolution with a ReLU layer behind it and no batch norm between them it leaves the kernel
unquantized. Here batch norm is folded first (see `flat_network`) and every layer gets its quantization by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tf_keras as keras

from edge_app.common.errors import RunFolderError
from train.compression.flat_network import copy_of, is_depthwise, rebuild, sources_of
from train.compression.quantizers import Kept, LayerQuantization
from train.compression.stage import Promise, Promises, WrappedNetwork
from train.compression.toolkit import QuantizeLayer, tfmot

INPUT_LAYER = "input_levels"
"""Name of the layer that rounds the input to the levels of uint8: [-1, 1] in steps of 2/255."""

_WITH_KERNEL = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
_PASSING = (
    keras.layers.MaxPooling2D, keras.layers.Flatten, keras.layers.Dropout, keras.layers.ZeroPadding2D,
    keras.layers.Reshape, keras.layers.Permute, keras.layers.Softmax,
)  # fmt: skip
_COMPUTING = (
    keras.layers.ReLU, keras.layers.Add, keras.layers.GlobalAveragePooling2D, keras.layers.AveragePooling2D,
)  # fmt: skip


def quantized(model: Any, promises: Promises) -> WrappedNetwork:
    """Wrap a network for quantization-aware training.

    Args:
        model: flat, batch norm folded, without wrappers, checked by `refuse_unquantizable`.
        promises: of earlier stages.
    """
    return WrappedNetwork(_wrapped(model, promises, learning=True), lambda trained: _finished(trained, promises))


def refuse_unquantizable(model: Any, run: Path, input_statistics: str) -> None:
    """Refuse networks that 8 bits cannot hold, before any training.

    Raises:
        RunFolderError: the network whitens its input, or has a layer that is not known here.
    """
    if input_statistics == "zca":
        raise RunFolderError(f"`{run}` whitens its input (ZCA), which 8 bits are too coarse for; prune or cluster it")
    for layer in model.layers:
        if not isinstance(layer, (keras.layers.InputLayer, *_WITH_KERNEL, *_PASSING, *_COMPUTING)):
            raise RunFolderError(
                f"quantization-aware training knows no {type(layer).__name__} (layer `{layer.name}` of `{run}`); "
                "prune or cluster it, or train with --recipe mobilenet_v2 or custom_cnn"
            )


def _wrapped(model: Any, promises: Promises, learning: bool) -> Any:
    into_relu = _layers_before_relu(model)

    def make(layer: Any) -> Any:
        how = _quantization_of(layer, promises.get(layer.name), layer.name in into_relu, learning)
        return tfmot.quantization.keras.quantize_annotate_layer(layer, how)

    fixed = tfmot.quantization.keras.quantizers.FixedQuantizer(8, init_min=-1.0, init_max=1.0, narrow_range=False)
    annotated = rebuild(model, make, QuantizeLayer(fixed, name=INPUT_LAYER))
    with tfmot.quantization.keras.quantize_scope():
        return tfmot.quantization.keras.quantize_apply(annotated, _AsAnnotated())


class _AsAnnotated(tfmot.quantization.keras.default_8bit.Default8BitQuantizeScheme):  # type: ignore[misc]  # tfmot has no types
    """A scheme that changes no layer: each one says itself how it is quantized."""

    def get_layout_transformer(self) -> Any:
        return _NoChange()


class _NoChange(tfmot.quantization.keras.QuantizeLayoutTransform):  # type: ignore[misc]  # tfmot has no types
    def apply(self, model: Any, layer_quantize_map: Any) -> tuple[Any, Any]:
        return model, layer_quantize_map


def _quantization_of(layer: Any, promise: Promise | None, into_relu: bool, learning: bool) -> LayerQuantization:
    if isinstance(layer, _PASSING):
        return LayerQuantization()
    if isinstance(layer, _COMPUTING):
        return LayerQuantization(output=True)
    kept: Kept = "nothing" if promise is None else "clusters" if promise.clusters else "zeros"
    return LayerQuantization(
        kernel="depthwise_kernel" if is_depthwise(layer) else "kernel",
        per_channel=not isinstance(layer, keras.layers.Dense) and kept != "clusters",
        activation=not into_relu,
        kept=kept if learning else "nothing",
    )


def _layers_before_relu(model: Any) -> set[str]:
    """Layers that TFLite computes together with a ReLU layer behind them, so that nothing is rounded in between."""
    consumers: dict[str, list[Any]] = {}
    for name, sources in sources_of(model).items():
        for source in sources:
            consumers.setdefault(source, []).append(model.get_layer(name))
    return {
        source for source, layers in consumers.items() if all(isinstance(layer, keras.layers.ReLU) for layer in layers)
    }


def _finished(trained: Any, promises: Promises) -> Any:
    """Build the network again without masks and shared values; weights and ranges are those of the trained one."""

    def unwrapped(layer: Any) -> Any:
        return None if isinstance(layer, QuantizeLayer) else copy_of(layer.layer)

    with tfmot.quantization.keras.quantize_scope():  # knows the rounded activations, and what they stand for
        result = _wrapped(rebuild(trained, unwrapped), promises, learning=False)
    for layer in result.layers:
        known = {_own_name(variable): variable for variable in trained.get_layer(layer.name).weights}
        for variable in layer.weights:
            variable.assign(known[_own_name(variable)])
    return result


def _own_name(variable: Any) -> str:
    """`kernel:0` of `quantize_annotate_16/kernel:0`: the part before it counts the wrappers of a process."""
    return str(variable.name).split("/")[-1]
