"""What the operators of a `.tflite` file say that its metadata leaves open: what goes in, and what comes out.

A network whose first operators scale the picture themselves wants bytes; one that ends in a softmax gives
probabilities. Read from the flatbuffer alone, nothing is run.
Schema: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from edge_app.model.flatbuffer import Table, root_table

InputValues = Literal["bytes", "unit", "symmetric"]
"""What a pixel is to a network: 0..255, 0..1 or -1..1."""
OutputKind = Literal["softmax", "logistic", "logits", "unknown"]

_ADD, _DEQUANTIZE, _FULLY_CONNECTED, _LOGISTIC, _MUL, _RESHAPE, _SOFTMAX = 0, 6, 9, 14, 18, 22, 25  # BuiltinOperator
_CONV, _MEAN, _SUB, _DIV, _SQUEEZE, _CAST, _QUANTIZE = 3, 40, 41, 42, 43, 53, 114
_FLOAT32 = 0  # TensorType
_PASSED = (_DEQUANTIZE, _RESHAPE, _SQUEEZE, _CAST, _QUANTIZE)  # on the way back from an output: values stay
_WALK = 8  # operators that are looked at, at either end
_BYTE_FACTOR = 0.05  # a factor below this makes small numbers of bytes: 1/255 and 1/127.5 are 0.004 and 0.008
_BYTE_OFFSET = 20.0  # an offset or divisor above this is one of bytes: 103.94 … 127.5


@dataclass(frozen=True)
class GraphFacts:
    """What the operators say.

    Attributes:
        input_values: what a pixel of the float input is; None: they do not say.
        outputs: what each output is, in the order of the outputs.
    """

    input_values: InputValues | None = None
    outputs: tuple[OutputKind, ...] = ()


NOTHING = GraphFacts()


def read_graph_facts(path: Path) -> GraphFacts:
    """Read what the operators say; nothing where the file is damaged: the runtime will say so."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            content = bytes(mapped)
        return _facts(root_table(content))
    except (OSError, ValueError, IndexError, KeyError, struct.error, StopIteration):
        return NOTHING


def _facts(model: Table) -> GraphFacts:
    graph = next(iter(model.tables(2)))
    walker = _Walker(model, graph)
    return GraphFacts(
        input_values=walker.input_values(),
        outputs=tuple(walker.output_kind(tensor) for tensor in graph.ints(2).tolist()),
    )


class _Walker:
    """Goes along the operators of one graph."""

    def __init__(self, model: Table, graph: Table) -> None:
        self._codes = [max(int(code.scalar(0, "b")), int(code.scalar(3, "i"))) for code in model.tables(1)]
        self._buffers = list(model.tables(4))
        self._tensors = list(graph.tables(0))
        self._graph = graph
        self._operators = [
            (self._codes[int(one.scalar(0, "I"))], one.ints(1).tolist(), one.ints(2).tolist())
            for one in graph.tables(3)
        ]

    def input_values(self) -> InputValues | None:
        """Follow the input until an operator tells its range."""
        (tensor,) = self._graph.ints(1).tolist()
        for _ in range(_WALK):
            readers = [one for one in self._operators if tensor in one[1]]
            if len(readers) != 1 or len(readers[0][2]) != 1:
                return None
            code, inputs, (tensor,) = readers[0]
            if code == _QUANTIZE:
                return self._quantized_values(tensor)
            if code in (_ADD, _MUL, _SUB, _DIV):
                constant = next((value for one in inputs if (value := self._constant(one)) is not None), None)
                return None if constant is None else _values_of(code, constant)
            if code not in (_RESHAPE, _SQUEEZE, _CAST):
                return None
        return None

    def output_kind(self, tensor: int) -> OutputKind:
        """Follow an output back to the operator that made its values."""
        for _ in range(_WALK):
            makers = [one for one in self._operators if tensor in one[2]]
            if len(makers) != 1:
                return "unknown"
            code, inputs, _ = makers[0]
            if code == _SOFTMAX:
                return "softmax"
            if code == _LOGISTIC:
                return "logistic"
            if code in (_FULLY_CONNECTED, _CONV, _ADD, _MEAN):
                return "logits"
            if code not in _PASSED or not inputs:
                return "unknown"
            tensor = inputs[0]
        return "unknown"

    def _constant(self, tensor: int) -> npt.NDArray[np.float32] | None:
        """Return the values of a constant of at most four numbers."""
        table = self._tensors[tensor]
        if int(table.scalar(1, "b")) != _FLOAT32:
            return None
        content = self._buffers[int(table.scalar(2, "I"))].bytes_view(0)
        return np.frombuffer(content, "<f4") if 4 <= len(content) <= 16 else None

    def _quantized_values(self, tensor: int) -> InputValues | None:
        table = self._tensors[tensor].table(4)
        if table is None or len(table.floats(2)) != 1:
            return None
        (zero_point,) = struct.unpack_from("<q", table.buffer, table.vector_start(3))
        kinds = {3: np.uint8, 9: np.int8}
        kind = kinds.get(int(self._tensors[tensor].scalar(1, "b")))
        return None if kind is None else values_of_range(*quantized_range(kind, float(table.floats(2)[0]), zero_point))


def quantized_range(kind: npt.DTypeLike, scale: float, zero_point: int) -> tuple[float, float]:
    """Return the smallest and the largest number that a quantized tensor can hold: scale × (stored - zero point)."""
    limits = np.iinfo(np.dtype(kind))
    return (limits.min - zero_point) * scale, (limits.max - zero_point) * scale


def values_of_range(low: float, high: float) -> InputValues | None:
    """Return what a pixel is to a tensor that holds so much; None: none of the usual."""
    usual: Sequence[tuple[InputValues, float, float]] = (
        ("bytes", 0.0, 255.0),
        ("unit", 0.0, 1.0),
        ("symmetric", -1.0, 1.0),
    )
    near = 0.03 * (high - low)
    return next((name for name, a, b in usual if abs(a - low) <= near and abs(b - high) <= near), None)


def _values_of(code: int, constant: npt.NDArray[np.float32]) -> InputValues | None:
    """Tell from the first number that a pixel meets."""
    size = float(np.abs(constant).max())
    if code == _MUL:
        return "bytes" if size <= _BYTE_FACTOR else "unit" if size > 1.5 else None
    if size >= _BYTE_OFFSET:
        return "bytes"
    return "unit" if 0.1 <= size < 1.0 and code in (_ADD, _SUB) else None
