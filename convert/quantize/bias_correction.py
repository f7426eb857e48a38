"""Bias correction: the mean error of quantization is taken out of the biases. It costs nothing on the device.

Rounded kernels move the mean of what a layer computes, the same way on every photograph, and such errors add up on the
way through the network. Empirical bias correction (Nagel et al., ICCV 2019, arXiv:1906.04721, section 4.2 and appendix
D): layer by layer from the input on, the mean of every channel over calibration photographs is held against that of the
float network, and the difference goes into the channel's int32 bias. Layers with a fused activation are left alone: a
clipped mean does not tell how far the bias is off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from convert.quantize.flatbuffer import packed, unpacked
from convert.quantize.recipes import FLOAT32, ConversionRecipe
from edge_app.model.runtime import default_threads, interpreter_module

PHOTOGRAPHS = 100
"""For the means, at most: 32 did as well on MobileNetV2, and 100 take ten seconds."""

_KERNELS = (
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
)
_BIAS = 2  # place among an operator's inputs, after picture and kernel

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BiasCorrection:
    """What the correction brought.

    Attributes:
        layers: whose biases were compared.
        photographs: of calibration, that it was measured on.
        before: mean over them of the largest |Δp| among the classes between float32 and int8, 0..1.
        after: the same with corrected biases.
    """

    layers: int
    photographs: int
    before: float
    after: float

    @property
    def kept(self) -> bool:
        """Whether the file has the corrected biases: only where they bring it closer to float32."""
        return self.after < self.before

    def __str__(self) -> str:
        moved = f"mean Δp on {self.photographs:,} calibration photographs {self.before:.4f} → {self.after:.4f}"
        layers = f"{self.layers} layer{'s' if self.layers != 1 else ''}"
        return f"bias correction of {layers} ({moved}): {'kept' if self.kept else 'not kept, no gain'}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return {**asdict(self), "kept": self.kept}


class BiasCorrector:
    """Corrects the int8 files of one network.

    Args:
        float_model: its `.tflite` of the recipe `FLOAT32`.
        images_rgb: (photographs, height, width, 3) uint8: calibration; the first `PHOTOGRAPHS` are used.
    """

    def __init__(self, float_model: bytes, images_rgb: Images) -> None:
        self._images_rgb = images_rgb[:PHOTOGRAPHS]
        content = unpacked(float_model)
        layers = _layers(content)
        self._widths = [_width(content, layer) for layer in layers]
        self._linear = [number for number, layer in enumerate(layers) if _is_linear(layer)]
        self._means = [self._channel_means(float_model, number, FLOAT32) for number in self._linear]
        self._scores = self._answers(float_model, FLOAT32)
        self._known: dict[tuple[bytes, ...], tuple[tuple[bytes, ...], BiasCorrection]] = {}

    def correct(self, model: bytes, recipe: ConversionRecipe) -> tuple[bytes, BiasCorrection | None]:
        """Return the file with better biases, and what they bring; None where its layers are not those of float32.

        Args:
            model: an int8 `.tflite` of the same network.
            recipe: that made it.
        """
        content = unpacked(model)
        layers = _layers(content)
        if [_width(content, layer) for layer in layers] != self._widths:
            return model, None
        biases = [_bias_buffer(content, layers[number]) for number in self._linear]
        before = tuple(np.asarray(buffer.data, np.uint8).tobytes() for buffer in biases)
        if before not in self._known:  # files that differ only in what goes in and out stay the same inside
            self._known[before] = self._corrected(model, recipe)
        after, found = self._known[before]
        for buffer, values in zip(biases, after, strict=True):
            buffer.data = np.frombuffer(values, np.uint8)
        return packed(content) if found.kept else model, found

    def _corrected(self, model: bytes, recipe: ConversionRecipe) -> tuple[tuple[bytes, ...], BiasCorrection]:
        """Better biases of the linear layers, as int32 in bytes, and what they bring."""
        content = unpacked(model)
        layers = _layers(content)
        for number, wanted in zip(self._linear, self._means, strict=True):
            _add_to_bias(content, layers[number], wanted - self._channel_means(packed(content), number, recipe))
        before, after = (self._distance(one, recipe) for one in (model, packed(content)))
        biases = tuple(_bias_buffer(content, layers[number]).data.tobytes() for number in self._linear)
        return biases, BiasCorrection(len(self._linear), len(self._images_rgb), before, after)

    def _channel_means(self, model: bytes, number: int, recipe: ConversionRecipe) -> Floats:
        """Means over photographs and places of what a layer computes, (channels,)."""
        until_layer = _cut_after(model, number)
        means = [output.mean(axis=tuple(range(output.ndim - 1))) for output in self._outputs(until_layer, recipe)]
        return np.asarray(np.mean(means, axis=0))

    def _answers(self, model: bytes, recipe: ConversionRecipe) -> Floats:
        """Probabilities, (photographs, classes)."""
        return np.concatenate(list(self._outputs(model, recipe)))

    def _distance(self, model: bytes, recipe: ConversionRecipe) -> float:
        return float(np.abs(self._answers(model, recipe) - self._scores).max(axis=1).mean())

    def _outputs(self, model: bytes, recipe: ConversionRecipe) -> Iterator[Floats]:
        """The only output for each photograph in turn, as real numbers."""
        interpreter = interpreter_module().Interpreter(model_content=model, num_threads=default_threads())
        interpreter.allocate_tensors()
        (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
        scale, zero_point = given["quantization"]
        for image_rgb in self._images_rgb:
            interpreter.set_tensor(taken["index"], _as_input(image_rgb, recipe)[np.newaxis])
            interpreter.invoke()
            values = interpreter.get_tensor(given["index"]).astype(np.float64)
            yield (values - zero_point) * scale if scale else values


def _as_input(image_rgb: Images, recipe: ConversionRecipe) -> npt.NDArray[Any]:
    """What a file of this recipe takes for a picture of RGB bytes."""
    if recipe.input_dtype == "uint8":
        return image_rgb
    if recipe.input_dtype == "int8":
        return (image_rgb.astype(np.int16) - 128).astype(np.int8)
    exact = image_rgb.astype(np.float32)
    return exact / 127.5 - 1.0 if recipe.signature == "core" else exact


def _layers(content: Any) -> list[Any]:
    """The operators with kernel and bias, in the order of execution."""
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in content.operatorCodes]
    operators = [one for one in content.subgraphs[0].operators if codes[one.opcodeIndex] in _KERNELS]
    return [one for one in operators if len(one.inputs) > _BIAS and one.inputs[_BIAS] >= 0]


def _is_linear(layer: Any) -> bool:
    return layer.builtinOptions.fusedActivationFunction == schema.ActivationFunctionType.NONE  # type: ignore[no-any-return]


def _width(content: Any, layer: Any) -> int:
    """Channels that a layer computes."""
    return int(content.subgraphs[0].tensors[layer.outputs[0]].shape[-1])


def _cut_after(model: bytes, number: int) -> bytes:
    """Return the network that ends with its `number`th layer, so that nothing after it is computed."""
    content = unpacked(model)
    graph, layer = content.subgraphs[0], _layers(content)[number]
    graph.operators = graph.operators[: graph.operators.index(layer) + 1]
    graph.outputs = [layer.outputs[0]]
    content.signatureDefs, content.metadata = [], []  # they speak of the whole
    return packed(content)


def _bias_buffer(content: Any, layer: Any) -> Any:
    return content.buffers[content.subgraphs[0].tensors[layer.inputs[_BIAS]].buffer]


def _add_to_bias(content: Any, layer: Any, amounts: Floats) -> None:
    """Add real numbers, one per channel, to an int32 bias, whose scale is that of the input times the kernel's."""
    tensors = content.subgraphs[0].tensors
    picture, kernel = (tensors[index] for index in layer.inputs[:_BIAS])
    scales = float(picture.quantization.scale[0]) * np.asarray(kernel.quantization.scale, np.float64)
    buffer = _bias_buffer(content, layer)
    before = np.frombuffer(np.asarray(buffer.data, np.uint8).tobytes(), "<i4").astype(np.float64)
    ends = np.iinfo(np.int32)
    after = np.clip(np.rint(before + amounts / scales), ends.min, ends.max).astype("<i4")
    buffer.data = np.frombuffer(after.tobytes(), np.uint8)
