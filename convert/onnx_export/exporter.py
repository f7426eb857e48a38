"""A `.tflite` classifier written as an ONNX graph: the same weights, and in 8 bits the same scales and zero points.

No converter of today's registries does it without TensorFlow: tf2onnx imports it, tflite2onnx (2022) fails on files of
today. The operators are those of MobileNetV2, the custom CNN and Inception v3; anything else is refused by name.
Pictures stay (1, height, width, 3) at the input; inside everything is channels first, as ONNX wants it. Whoever uses
the graph compares its scores with LiteRT's first.

An 8-bit network is written as ONNX Runtime and compilers read it best: operators on real numbers, and behind each of
them QuantizeLinear and DequantizeLinear with the numbers of the `.tflite` (its "QDQ" form); kernels and biases stay
integers in the file.

`python -m convert.onnx_export.exporter MODEL.tflite OUT.onnx` writes a float file; it needs neither TensorFlow nor cv2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import helper, numpy_helper

from convert.onnx_export.same_padding import same_pads
from edge_app.common.command_line import run_program
from edge_app.common.errors import ConversionError

_OPSET = 17
_IR_VERSION = 9
_TO_CHANNELS_FIRST = [0, 3, 1, 2]
_TO_CHANNELS_LAST = [0, 2, 3, 1]
_FLOATS = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
_INTEGERS = {schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64}
_BYTES = {schema.TensorType.INT8: np.int8, schema.TensorType.UINT8: np.uint8}
_AT_THE_ENDS = {
    schema.TensorType.FLOAT32: onnx.TensorProto.FLOAT,
    schema.TensorType.INT8: onnx.TensorProto.INT8,
    schema.TensorType.UINT8: onnx.TensorProto.UINT8,
}
_NAMES = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}


def export(content: bytes, name: str, facts: Mapping[str, str] | None = None) -> Any:
    """Return the ONNX model of a `.tflite` file: input `images`, output `scores`, of the types of the file.

    Args:
        content: the file.
        name: for error messages.
        facts: about the model, kept in the file: `{"labels": …}`.

    Raises:
        ConversionError: it holds something that this exporter does not know.
    """
    model = _Exporter(schema.ModelT.InitFromPackedBuf(content, 0), name).model()
    helper.set_model_props(model, dict(facts or {}))
    return model


class _Exporter:
    """Builds the graph, operator by operator; tensors are called by their number in the file."""

    def __init__(self, model: Any, name: str) -> None:
        self._file, self._name, self._graph = model, name, model.subgraphs[0]
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._unpacked: dict[int, npt.NDArray[Any]] = {}  # float16 weights behind a DEQUANTIZE
        self._stepped: set[int] = set()  # tensors whose scale and zero point are kept
        self._results = {_called(place): place for found in self._graph.operators for place in found.outputs}

    def model(self) -> Any:
        """Return the checked model; call it once."""
        source, result = self._graph.inputs[0], self._graph.outputs[0]
        kinds = [_AT_THE_ENDS.get(self._graph.tensors[place].type) for place in (source, result)]
        if None in kinds:
            raise self._refusal("its input and output are neither float32 nor 8-bit")
        self._begin(source)
        for operator in self._graph.operators:
            self._add(operator)
        kind = "Identity" if self._scale_of(result) is None else "QuantizeLinear"
        self._nodes.append(helper.make_node(kind, [_called(result), *self._steps(result)], ["scores"]))
        graph = helper.make_graph(
            self._nodes,
            "classifier",
            [helper.make_tensor_value_info("images", kinds[0], self._shape(source))],
            [helper.make_tensor_value_info("scores", kinds[1], self._shape(result))],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="fieldlens"
        )
        onnx.checker.check_model(model)
        return model

    def _begin(self, source: int) -> None:
        if self._scale_of(source) is None:
            self._node("Transpose", ["images"], _called(source), perm=_TO_CHANNELS_FIRST)
            return
        self._nodes.append(helper.make_node("Transpose", ["images"], ["images_first"], perm=_TO_CHANNELS_FIRST))
        steps = self._steps(source)
        self._nodes.append(helper.make_node("DequantizeLinear", ["images_first", *steps], [_called(source)]))

    def _scale_of(self, place: int) -> Any:
        """Return the quantization of a tensor of computed bytes; None: it holds real numbers."""
        tensor = self._graph.tensors[place]
        if tensor.type in (schema.TensorType.FLOAT32, *_INTEGERS):
            return None
        found = tensor.quantization
        if tensor.type not in _BYTES or found is None or found.scale is None or len(found.scale) != 1:
            raise self._refusal("values in it are neither float32 nor bytes with one scale")
        return found

    def _steps(self, place: int) -> list[str]:
        """Return the names of a tensor's scale and zero point; none: it holds real numbers."""
        found = self._scale_of(place)
        if found is None:
            return []
        dtype = _BYTES[self._graph.tensors[place].type]
        values = {"scale": np.array(found.scale[0], np.float32), "zero": np.array(found.zeroPoint[0], dtype)}
        for what, value in values.items():
            if place not in self._stepped:
                self._constants.append(numpy_helper.from_array(value, f"{_called(place)}_{what}"))
        self._stepped.add(place)
        return [f"{_called(place)}_{what}" for what in values]

    def _rounded(self, exact: str, place: int) -> None:
        """Let a computed tensor have the values that its bytes have."""
        steps, stored = self._steps(place), f"{_called(place)}_bytes"
        self._nodes.append(helper.make_node("QuantizeLinear", [exact, *steps], [stored]))
        self._nodes.append(helper.make_node("DequantizeLinear", [stored, *steps], [_called(place)]))

    def _parameters(self, value: npt.NDArray[Any], place: int, operator: Any, what: str) -> str:
        """Keep a kernel or a bias: integers stay what they are, with a scale for each output channel (axis 0)."""
        kept = self._keep(value, operator, what)
        if value.dtype.kind == "f":
            return kept
        found = self._graph.tensors[place].quantization
        if found is None or found.scale is None:
            raise self._refusal(f"a {what} in it is made of integers without a scale")
        scale = np.broadcast_to(np.asarray(found.scale, np.float32), value.shape[:1])
        inputs, real = [kept, self._keep(scale, operator, f"{what}_scale")], f"{kept}_real"
        if value.dtype != np.int32:  # of biases the standard wants none, and TFLite has none
            zero = np.broadcast_to(np.asarray(found.zeroPoint).astype(value.dtype), value.shape[:1])
            inputs.append(self._keep(zero, operator, f"{what}_zero"))
        self._nodes.append(helper.make_node("DequantizeLinear", inputs, [real], axis=0))
        return real

    def _add(self, operator: Any) -> None:
        code = self._file.operatorCodes[operator.opcodeIndex]
        kind = _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]  # small codes may stand in either
        adders: dict[str, Callable[[Any], None]] = {
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._convolution,
            "FULLY_CONNECTED": self._dense,
            "ADD": lambda found: self._elementwise("Add", found),
            "SUB": lambda found: self._elementwise("Sub", found),
            "MUL": lambda found: self._elementwise("Mul", found),
            "MAX_POOL_2D": lambda found: self._pool("MaxPool", found),
            "AVERAGE_POOL_2D": lambda found: self._pool("AveragePool", found, count_include_pad=0),
            "MEAN": self._mean,
            "PAD": self._pad,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concatenation,
            "SOFTMAX": self._softmax,
            "LOGISTIC": lambda found: self._plain("Sigmoid", found),
            "RELU": lambda found: self._plain("Relu", found),
            "RELU6": lambda found: self._activated(_called(found.inputs[0]), found, _RELU6),
            "DEQUANTIZE": self._dequantize,
            "QUANTIZE": lambda found: self._plain("Identity", found),
        }
        if kind not in adders:
            raise self._refusal(f"operator {kind} is not among those that can be written as ONNX")
        adders[kind](operator)

    def _convolution(self, operator: Any) -> None:
        """Both kinds: TFLite's kernels are (out, height, width, in), depthwise (1, height, width, out)."""
        options, source = operator.builtinOptions, operator.inputs[0]
        kernel = self._constant(operator.inputs[1])
        depthwise = isinstance(options, schema.DepthwiseConv2DOptionsT)
        channels = self._shape(source)[3]
        kernel = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
        inputs = [_called(source), self._parameters(kernel, operator.inputs[1], operator, "kernel")]
        if _given(operator.inputs, 2):
            bias = self._constant(operator.inputs[2])
            inputs.append(self._parameters(bias, operator.inputs[2], operator, "bias"))
        dilations = [options.dilationHFactor, options.dilationWFactor]
        before = self._before_activation(operator)
        self._node(
            "Conv",
            inputs,
            before,
            kernel_shape=list(kernel.shape[2:]),
            strides=[options.strideH, options.strideW],
            dilations=dilations,
            group=channels // kernel.shape[1],
            pads=self._pads(source, kernel.shape[2:], options, dilations),
        )
        self._activated(before, operator, options.fusedActivationFunction)

    def _dense(self, operator: Any) -> None:
        options, weights = operator.builtinOptions, self._constant(operator.inputs[1])  # (out, in)
        flat = f"{_called(operator.outputs[0])}_flat"
        shape = self._keep(np.array([-1, weights.shape[1]], np.int64), operator, "flat_shape")
        self._node("Reshape", [self._channels_last(operator), shape], flat)
        inputs = [flat, self._parameters(weights, operator.inputs[1], operator, "weights")]
        if _given(operator.inputs, 2):
            bias = self._constant(operator.inputs[2]).ravel()
            inputs.append(self._parameters(bias, operator.inputs[2], operator, "bias"))
        before = self._before_activation(operator)
        product = f"{before}_product"
        self._node("Gemm", inputs, product, transB=1)
        self._shaped(product, before, operator)  # a dense layer on pictures keeps their shape
        self._activated(before, operator, options.fusedActivationFunction)

    def _elementwise(self, kind: str, operator: Any) -> None:
        rank = len(self._shape(operator.outputs[0]))
        inputs = [self._operand(place, rank, operator) for place in operator.inputs]
        before = self._before_activation(operator)
        self._node(kind, inputs, before)
        self._activated(before, operator, operator.builtinOptions.fusedActivationFunction)

    def _operand(self, place: int, rank: int, operator: Any) -> str:
        """Return the name of a tensor, or of a constant that broadcasts along the channels as TFLite's does."""
        if not self._is_constant(place):
            return _called(place)
        value, found = self._constant(place), self._scale_of(place)
        if found is not None:
            value = ((value.astype(np.float32) - found.zeroPoint[0]) * found.scale[0]).astype(np.float32)
        if rank == 4 and value.size > 1:
            value = value.reshape((1,) * (4 - value.ndim) + value.shape).transpose(_TO_CHANNELS_FIRST)
        return self._keep(value, operator, f"operand_{place}")

    def _pool(self, kind: str, operator: Any, **more: Any) -> None:
        options, source = operator.builtinOptions, operator.inputs[0]
        window = [options.filterHeight, options.filterWidth]
        before = self._before_activation(operator)
        strides, pads = [options.strideH, options.strideW], self._pads(source, window, options, [1, 1])
        self._node(kind, [_called(source)], before, kernel_shape=window, strides=strides, pads=pads, **more)
        self._activated(before, operator, options.fusedActivationFunction)

    def _mean(self, operator: Any) -> None:
        axes = sorted(int(axis) % 4 for axis in self._constant(operator.inputs[1]).ravel())
        if len(self._shape(operator.inputs[0])) != 4 or axes != [1, 2]:
            raise self._refusal(f"a MEAN is over the axes {axes}, not over height and width")
        kept, result = bool(operator.builtinOptions.keepDims), _called(operator.outputs[0])
        pooled = result if kept else f"{result}_pooled"
        self._node("GlobalAveragePool", [_called(operator.inputs[0])], pooled)
        if not kept:
            self._node("Flatten", [pooled], result)

    def _pad(self, operator: Any) -> None:
        paddings = self._constant(operator.inputs[1])
        if paddings.shape != (4, 2):
            raise self._refusal(f"a PAD has shape {paddings.shape}, not (4, 2)")
        pads = paddings[_TO_CHANNELS_FIRST].T.ravel().astype(np.int64)  # all beginnings, then all ends
        inputs = [_called(operator.inputs[0]), self._keep(pads, operator, "pads")]
        self._node("Pad", inputs, _called(operator.outputs[0]))

    def _reshape(self, operator: Any) -> None:
        self._shaped(self._channels_last(operator), _called(operator.outputs[0]), operator)

    def _shaped(self, source: str, result: str, operator: Any) -> None:
        """Give a tensor in TFLite's order of memory the shape of the operator's output, and our order of channels."""
        shape = self._shape(operator.outputs[0])
        inputs = [source, self._keep(np.array(shape, np.int64), operator, "shape")]
        reshaped = f"{result}_last" if len(shape) == 4 else result
        self._node("Reshape", inputs, reshaped)
        if len(shape) == 4:
            self._node("Transpose", [reshaped], result, perm=_TO_CHANNELS_FIRST)

    def _concatenation(self, operator: Any) -> None:
        if any(self._is_constant(place) for place in operator.inputs):
            raise self._refusal("a CONCATENATION has a constant in it")
        rank, axis = len(self._shape(operator.outputs[0])), operator.builtinOptions.axis
        axis %= rank
        axis = _TO_CHANNELS_FIRST.index(axis) if rank == 4 else axis
        before = self._before_activation(operator)
        self._node("Concat", [_called(place) for place in operator.inputs], before, axis=axis)
        self._activated(before, operator, operator.builtinOptions.fusedActivationFunction)

    def _softmax(self, operator: Any) -> None:
        if operator.builtinOptions.beta != 1.0 or len(self._shape(operator.inputs[0])) != 2:
            raise self._refusal("a SOFTMAX is not over (1, classes) with beta 1")
        self._plain("Softmax", operator, axis=-1)

    def _plain(self, kind: str, operator: Any, **more: Any) -> None:
        self._node(kind, [_called(operator.inputs[0])], _called(operator.outputs[0]), **more)

    def _dequantize(self, operator: Any) -> None:
        if self._is_constant(operator.inputs[0]):
            self._unpacked[operator.outputs[0]] = self._constant(operator.inputs[0]).astype(np.float32)
        else:
            self._plain("Identity", operator)

    def _activated(self, before: str, operator: Any, activation: int) -> None:
        result = _called(operator.outputs[0])
        if activation == _RELU:
            self._node("Relu", [before], result)
        elif activation == _RELU6:
            limits = [self._keep(np.array(limit, np.float32), operator, f"limit_{limit}") for limit in (0, 6)]
            self._node("Clip", [before, *limits], result)
        elif activation != _NONE:
            raise self._refusal(f"activation {activation} of the schema is not known here")

    def _before_activation(self, operator: Any) -> str:
        result, activation = _called(operator.outputs[0]), operator.builtinOptions.fusedActivationFunction
        return result if activation == _NONE else f"{result}_before_activation"

    def _channels_last(self, operator: Any) -> str:
        """Return the operator's first input in TFLite's order of memory."""
        source = operator.inputs[0]
        if len(self._shape(source)) != 4:
            return _called(source)
        turned = f"{_called(operator.outputs[0])}_turned"
        self._node("Transpose", [_called(source)], turned, perm=_TO_CHANNELS_LAST)
        return turned

    def _pads(self, source: int, window: Any, options: Any, dilations: list[int]) -> list[int]:
        if options.padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        size, strides = self._shape(source)[1:3], (options.strideH, options.strideW)
        return same_pads(size, tuple(window), strides, tuple(dilations))

    def _is_constant(self, place: int) -> bool:
        return place in self._unpacked or self._buffer(place) is not None

    def _constant(self, place: int) -> npt.NDArray[Any]:
        if place in self._unpacked:
            return self._unpacked[place]
        tensor, data = self._graph.tensors[place], self._buffer(place)
        dtype = (_FLOATS | _INTEGERS | _BYTES).get(tensor.type)
        if data is None or dtype is None:
            raise self._refusal("weights of it are computed, or of a type that ONNX has no word for")
        return np.frombuffer(bytes(data), dtype).reshape(self._shape(place))

    def _buffer(self, place: int) -> Any:
        data = self._file.buffers[self._graph.tensors[place].buffer].data
        return None if data is None or len(data) == 0 else data

    def _shape(self, place: int) -> list[int]:
        shape = self._graph.tensors[place].shape
        return [] if shape is None else [int(length) for length in shape]

    def _keep(self, value: npt.NDArray[Any], operator: Any, what: str) -> str:
        name = f"{_called(operator.outputs[0])}_{what}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name))
        return name

    def _node(self, kind: str, inputs: list[str], result: str, **attributes: Any) -> None:
        place = self._results.get(result)
        if place is None or self._scale_of(place) is None:
            self._nodes.append(helper.make_node(kind, inputs, [result], **attributes))
            return
        self._nodes.append(helper.make_node(kind, inputs, [f"{result}_exact"], **attributes))
        self._rounded(f"{result}_exact", place)

    def _refusal(self, why: str) -> ConversionError:
        return ConversionError(f"`{self._name}` cannot be written as ONNX: {why}")


_NONE = schema.ActivationFunctionType.NONE
_RELU = schema.ActivationFunctionType.RELU
_RELU6 = schema.ActivationFunctionType.RELU6


def _called(place: int) -> str:
    return f"tensor_{place}"


def _given(inputs: Any, number: int) -> bool:
    """Tell whether an optional input is there."""
    return len(inputs) > number and inputs[number] >= 0


def main(model: Path, out: Path) -> int:
    """Write the ONNX file of a float one.

    Raises:
        ConversionError: it is quantized, or holds something that the exporter does not know.
    """
    content = model.read_bytes()
    found = schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0]
    ends = [found.tensors[place].type for place in (found.inputs[0], found.outputs[0])]
    if ends != [schema.TensorType.FLOAT32] * 2:
        raise ConversionError(f"`{model.name}` cannot be written as ONNX for this: its input or output is quantized")
    onnx.save(export(content, model.name), str(out))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_program(lambda: main(Path(sys.argv[1]), Path(sys.argv[2]))))
