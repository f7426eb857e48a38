"""How 8 bits are emulated: quantizers of kernels and of activations, and how a layer uses them.

tensorflow-model-optimization 0.8.1 brings quantizers of its own; three things are different here:

- Its depthwise kernels have one range per layer, though TFLite has one per channel. On MobileNetV2 that costs twenty
  points before training. `KernelQuantizer` gives each channel its own.
- Its moving averages start at [-6, 6] and move by a thousandth per step, so a short training ends with ranges that are
  mostly made up. `ActivationQuantizer` starts with the first batch.
- Its cluster-preserving quantizer takes 16 values per layer for 16 values per channel wherever each channel has them
  all, and moves them apart: 32 channels had 512 values after two epochs. `KernelQuantizer` keeps them together.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from train.compression.toolkit import tfmot

Kept = Literal["nothing", "zeros", "clusters"]

_STEPS_OF_AVERAGE = 100
_DEPTHWISE = "depthwise_kernel"


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
