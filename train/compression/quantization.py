"""Quantization-aware training: the network learns with its weights and activations rounded to 8 bits.

What tensorflow-model-optimization 0.8.1 knows, found by trying: Conv2D, DepthwiseConv2D, Dense, ReLU (also ReLU 6),
Add, Concatenate, MaxPooling2D, GlobalAveragePooling2D, AveragePooling2D, Flatten, Dropout, ZeroPadding2D, Reshape,
Permute and Softmax; BatchNormalization behind a convolution or a dense layer only. Normalization, Rescaling and nested
models it refuses. Of a convolution with a ReLU layer behind it and no batch norm between them it leaves the kernel
unquantized. Here batch norm is folded first (see `flat_network`) and every layer gets its quantization by name.

tensorflow-model-optimization 0.8.1 brings quantizers of its own; three things are different here:

- Its depthwise kernels have one range per layer, though TFLite has one per channel. On MobileNetV2 that costs twenty
  points before training. `KernelQuantizer` gives each channel its own.
- Its moving averages start at [-6, 6] and move by a thousandth per step, so a short training ends with ranges that are
  mostly made up. `ActivationQuantizer` starts with the first batch.
- Its cluster-preserving quantizer takes 16 values per layer for 16 values per channel wherever each channel has them
  all, and moves them apart: 32 channels had 512 values after two epochs. `KernelQuantizer` keeps them together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import RunFolderError
from train.compression.flat_network import copy_of, is_depthwise, rebuild, sources_of
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

Kept = Literal["nothing", "zeros", "clusters"]

_STEPS_OF_AVERAGE = 100
_DEPTHWISE = "depthwise_kernel"


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
                f"quantization-aware training does not support {type(layer).__name__} (layer `{layer.name}` of "
                f"`{run}`); prune or cluster it, or train with --recipe mobilenet_v2 or custom_cnn"
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


@keras.utils.register_keras_serializable("FieldLens")
class ActivationQuantizer(tfmot.quantization.keras.quantizers.MovingAverageQuantizer):  # type: ignore[misc]  # tfmot has no types
    """The range is the mean over batches of their lowest and highest values; after 100 of them a moving average.

    Zero is always in the range, as TFLite needs it.
    """

    def build(self, tensor_shape: Any, name: str, layer: Any) -> dict[str, Any]:
        """Add the range and the number of batches seen, which is an integer, to the variables of the wrapper."""
        steps = layer.add_weight(f"{name}_steps", dtype=tf.int32, initializer="zeros", trainable=False)
        return {**super().build(tensor_shape, name, layer), "steps": steps}

    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **_options: Any) -> Any:
        """Return the inputs rounded to 256 levels; in training the range follows them."""
        low, high = weights["min_var"], weights["max_var"]
        if training:
            seen = weights["steps"].assign_add(1)
            share = 1.0 / tf.cast(tf.minimum(seen, _STEPS_OF_AVERAGE), tf.float32)
            low = low.assign_add(share * (tf.minimum(tf.reduce_min(inputs), 0.0) - low))
            high = high.assign_add(share * (tf.maximum(tf.reduce_max(inputs), 0.0) - high))
        return tf.quantization.fake_quant_with_min_max_vars(inputs, low, high, num_bits=8)


class KernelQuantizer(tfmot.quantization.keras.quantizers.LastValueQuantizer):  # type: ignore[misc]  # tfmot has no types
    """Symmetric levels -127..127 for a kernel; what an earlier stage has made of it stays.

    Convolutions have a range per output channel, as in TFLite. Dense kernels have one, and so have clustered ones: the
    same values must become the same integers in the whole layer, and with a few values a single range loses little.

    Args:
        per_channel: whether each output channel has its own range.
        kept: `zeros`: what is zero stays zero; `clusters`: equal weights stay equal, and zeros zero.
    """

    def __init__(self, per_channel: bool, kept: Kept = "nothing") -> None:
        super().__init__(num_bits=8, per_axis=per_channel, symmetric=True, narrow_range=True)
        self._kept = kept
        self._depthwise = False

    def build(self, tensor_shape: Any, name: str, layer: Any) -> dict[str, Any]:
        """Add ranges, and the shared values as a variable that learns, to the variables of the wrapper."""
        self._depthwise = name == _DEPTHWISE
        channels = tensor_shape[2] * tensor_shape[3] if self._depthwise else tensor_shape[-1]
        shape = (channels,) if self.per_axis else ()
        made = {
            f"{end}_var": layer.add_weight(
                f"{name}_{end}", shape=shape, initializer=keras.initializers.Constant(start), trainable=False
            )
            for end, start in (("min", -1.0), ("max", 1.0))
        }
        if self._kept == "nothing":
            return made
        kernel = np.asarray(getattr(layer.layer, name), np.float32)
        return {**made, **(self._shared_values(kernel, name, layer) if self._kept == "clusters" else _mask(kernel))}

    def _shared_values(self, kernel: npt.NDArray[np.float32], name: str, layer: Any) -> dict[str, Any]:
        values, places = np.unique(kernel, return_inverse=True)
        learning = layer.add_weight(
            f"{name}_values", shape=values.shape, initializer=keras.initializers.Constant(values), trainable=True
        )
        return {"values": learning, "places": tf.constant(places.reshape(kernel.shape), tf.int32), **_mask(values)}

    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **_options: Any) -> Any:
        """Return the kernel rounded to its levels."""
        kernel = self._with_what_is_kept(inputs, training, weights)
        if not self._depthwise:
            return super().__call__(kernel, training, weights)
        # (height, width, channels, multiplier): the channels come last where TFLite counts them
        height, width, channels, multiplier = inputs.shape
        flat = tf.reshape(kernel, (height, width, 1, channels * multiplier))
        return tf.reshape(super().__call__(flat, training, weights), inputs.shape)

    def _with_what_is_kept(self, kernel: Any, training: bool, weights: dict[str, Any]) -> Any:
        if not training or self._kept == "nothing":
            return kernel
        if self._kept == "zeros":
            return kernel * weights["mask"]
        shared = tf.gather(weights["values"] * weights["mask"], weights["places"])
        kernel.assign(shared)  # what is saved and evaluated
        return shared + 0.0 * kernel  # a gradient of zero, where Keras would warn that there is none


def _mask(values: npt.NDArray[np.float32]) -> dict[str, Any]:
    return {"mask": tf.constant(values != 0, tf.float32)}


@keras.utils.register_keras_serializable("FieldLens")
class LayerQuantization(tfmot.quantization.keras.QuantizeConfig):  # type: ignore[misc]  # tfmot has no types
    """What of one layer is rounded to 8 bits.

    Args:
        kernel: name of the attribute that is the kernel; empty: the layer has none.
        per_channel: see `KernelQuantizer`.
        activation: whether the layer's own activation is rounded: behind ReLU and none, before softmax.
        output: whether the output is rounded, of layers without an activation of their own.
        kept: see `KernelQuantizer`; it is found in the kernel when the layer is built, so a saved network has
            `nothing` here.
    """

    def __init__(
        self,
        kernel: str = "",
        per_channel: bool = False,
        activation: bool = False,
        output: bool = False,
        kept: Kept = "nothing",
    ) -> None:
        self._settings = {
            "kernel": kernel, "per_channel": per_channel, "activation": activation, "output": output, "kept": kept,
        }  # fmt: skip
        self._kernel = kernel
        self._activation = activation
        self._output = output
        self._kernel_quantizer = KernelQuantizer(per_channel, kept)
        self._activation_quantizer = ActivationQuantizer(8, per_axis=False, symmetric=False, narrow_range=False)

    def get_weights_and_quantizers(self, layer: Any) -> list[tuple[Any, Any]]:
        """Return the kernel, if there is one."""
        return [(getattr(layer, self._kernel), self._kernel_quantizer)] if self._kernel else []

    def get_activations_and_quantizers(self, layer: Any) -> list[tuple[Any, Any]]:
        """Return the activation, if it is rounded."""
        return [(layer.activation, self._activation_quantizer)] if self._activation else []

    def set_quantize_weights(self, layer: Any, quantize_weights: list[Any]) -> None:
        """Let the layer compute with the rounded kernel."""
        if self._kernel:
            setattr(layer, self._kernel, quantize_weights[0])

    def set_quantize_activations(self, layer: Any, quantize_activations: list[Any]) -> None:
        """Let the layer round its activation."""
        if self._activation:
            layer.activation = quantize_activations[0]

    def get_output_quantizers(self, layer: Any) -> list[Any]:
        """Return the quantizer of the output, if it is rounded."""
        return [self._activation_quantizer] if self._output else []

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return dict(self._settings)
