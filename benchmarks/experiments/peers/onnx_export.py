"""The same weights for ONNX Runtime: a float `.tflite` classifier written as an ONNX graph.

No converter of today's registries does it without TensorFlow: tf2onnx imports it, tflite2onnx (2022) fails on files of
today. The operators are those of MobileNetV2, the custom CNN and Inception v3; anything else is refused by name.
Pictures stay (1, height, width, 3) at the input; inside everything is channels first, as ONNX wants it. Whoever times
the graph compares its scores with LiteRT's first (`benchmarks.experiments.peers.survey`).

`python -m benchmarks.experiments.peers.onnx_export MODEL.tflite OUT.onnx` runs inside the peers' environment.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import helper, numpy_helper

from benchmarks.experiments.peers.same_padding import same_pads
from edge_app.common.command_line import run_program
from edge_app.common.errors import ConversionError

_OPSET = 17
_IR_VERSION = 9
_TO_CHANNELS_FIRST = [0, 3, 1, 2]
_TO_CHANNELS_LAST = [0, 2, 3, 1]
_FLOATS = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
_INTEGERS = {schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64}
_NAMES = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}


def export(content: bytes, name: str) -> Any:
    """Return the ONNX model of a float `.tflite` file.

    Args:
        content: the file.
        name: for error messages.

    Raises:
        ConversionError: it is quantized, or holds something that this exporter does not know.
    """
    return _Exporter(schema.ModelT.InitFromPackedBuf(content, 0), name).model()


class _Exporter:
    """Builds the graph, operator by operator; tensors are called by their number in the file."""

    def __init__(self, model: Any, name: str) -> None:
        self._file, self._name, self._graph = model, name, model.subgraphs[0]
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._unpacked: dict[int, npt.NDArray[Any]] = {}  # float16 weights behind a DEQUANTIZE

    def model(self) -> Any:
        """Return the checked model; call it once."""
        source, result = self._graph.inputs[0], self._graph.outputs[0]
        for place in (source, result):
            if self._graph.tensors[place].type != schema.TensorType.FLOAT32:
                raise self._refusal("its input and output are not float32")
        shape = self._shape(source)
        self._node("Transpose", ["images"], _called(source), perm=_TO_CHANNELS_FIRST)
        for operator in self._graph.operators:
            self._add(operator)
        self._node("Identity", [_called(result)], "scores")
        graph = helper.make_graph(
            self._nodes,
            "classifier",
            [helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, self._shape(result))],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="fieldlens"
        )
        onnx.checker.check_model(model)
        return model

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
        inputs = [_called(source), self._keep(kernel, operator, "kernel")]
        if _given(operator.inputs, 2):
            inputs.append(self._keep(self._constant(operator.inputs[2]), operator, "bias"))
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
        inputs = [flat, self._keep(weights, operator, "weights")]
        if _given(operator.inputs, 2):
            inputs.append(self._keep(self._constant(operator.inputs[2]).ravel(), operator, "bias"))
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
        value = self._constant(place)
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
        self._unpacked[operator.outputs[0]] = self._constant(operator.inputs[0]).astype(np.float32)

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
        dtype = (_FLOATS | _INTEGERS).get(tensor.type)
        if data is None or dtype is None:
            raise self._refusal("it is quantized, or weights of it are computed; use the float32 file of the bundle")
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
        self._nodes.append(helper.make_node(kind, inputs, [result], **attributes))

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
    """Write the ONNX file."""
    onnx.save(export(model.read_bytes(), model.name), str(out))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_program(lambda: main(Path(sys.argv[1]), Path(sys.argv[2]))))
