"""What the operators of a `.tflite` file say that its metadata leaves open: what goes in, and what comes out.

A network whose first operators scale the picture themselves wants bytes, and so does one whose first convolution has
very small kernels; one that ends in a softmax gives probabilities. Read from the flatbuffer alone, nothing is run.
Schema: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Sequence
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
_CONV, _PAD, _MEAN, _SUB, _DIV, _SQUEEZE, _CAST, _PADV2, _QUANTIZE = 3, 34, 40, 41, 42, 43, 53, 60, 114
_FLOAT32, _FLOAT16, _INT8 = 0, 1, 9  # TensorType
_STORED_AS = {_FLOAT32: "<f4", _FLOAT16: "<f2", _INT8: "<i1"}
_PASSED = (_DEQUANTIZE, _RESHAPE, _SQUEEZE, _CAST, _QUANTIZE)  # on the way back from an output: values stay
_WALK = 8  # operators that are looked at, at either end
_BYTE_FACTOR = 0.05  # a factor below this makes small numbers of bytes: 1/255 and 1/127.5 are 0.004 and 0.008
_BYTE_OFFSET = 20.0  # an offset or divisor above this is one of bytes: 103.94 … 127.5
_BYTE_KERNEL = 0.1  # median norm of a kernel below which it is of bytes, see `GraphFacts`
_MOST_KERNEL_BYTES = 1 << 20  # of the first convolution; 7×7 with 64 outputs has 37 KB


@dataclass(frozen=True)
class GraphFacts:
    """What the operators say.

    Attributes:
        input_values: what a pixel of the float input is; None: they do not say.
        outputs: what each output is, in the order of the outputs.
        small_kernels: whether the first convolution has kernels as only bytes need. A converter folds a rescaling of
            bytes into it, and one with batch normalization learned from bytes is divided by their spread. The median
            norm of a kernel is 0.0025 to 0.019 in real files that take floats of 0..255, and 0.49 to 2.9 in others
            (`benchmarks experiment third-party`).
    """

    input_values: InputValues | None = None
    outputs: tuple[OutputKind, ...] = ()
    small_kernels: bool = False


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
        small_kernels=walker.has_small_kernels(),
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
        for code, inputs, tensor in self._from_input():
            if code == _QUANTIZE:
                return self._quantized_values(tensor)
            if code in (_ADD, _MUL, _SUB, _DIV):
                constant = next((value for one in inputs if (value := self._constant(one)) is not None), None)
                return None if constant is None else _values_of(code, constant)
            if code not in (_RESHAPE, _SQUEEZE, _CAST):
                return None
        return None

    def has_small_kernels(self) -> bool:
        """Follow the input to the convolution that it meets first, and look at its kernels."""
        for code, inputs, _ in self._from_input():
            if code == _CONV:
                with np.errstate(all="ignore"):  # a damaged file may hold anything
                    kernels = self._kernels(inputs[1])
                    norm = 0.0 if kernels is None else float(np.median(np.linalg.norm(kernels, axis=1)))
                return 0.0 < norm < _BYTE_KERNEL
            if code not in (_PAD, _PADV2, _RESHAPE, _SQUEEZE, _CAST):
                return False
        return False

    def _from_input(self) -> Iterator[tuple[int, list[int], int]]:
        """Yield code, inputs and output of one operator after the other, as long as there is no fork."""
        (tensor,) = self._graph.ints(1).tolist()
        for _ in range(_WALK):
            readers = [one for one in self._operators if tensor in one[1]]
            if len(readers) != 1 or len(readers[0][2]) != 1:
                return
            code, inputs, (tensor,) = readers[0]
            yield code, inputs, tensor

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
        kind, content, _ = self._stored(tensor)
        if kind not in (_FLOAT32, _FLOAT16):
            return None
        values = np.frombuffer(content, _STORED_AS[kind])
        return values.astype(np.float32) if 1 <= len(values) <= 4 else None

    def _kernels(self, tensor: int) -> npt.NDArray[np.float64] | None:
        """Return the kernels of a convolution, (outputs, height × width × channels); None: stored in another way."""
        kind, content, table = self._stored(tensor)
        if kind not in _STORED_AS or not 0 < len(content) <= _MOST_KERNEL_BYTES:
            return None
        stored = np.frombuffer(content, _STORED_AS[kind]).reshape(int(table.ints(0)[0]), -1).astype(np.float64)
        quantization = table.table(4)
        if kind != _INT8 or quantization is None:
            return stored
        return stored * quantization.floats(2)[:, np.newaxis]  # one scale, or one per output; the zero point is 0

    def _stored(self, tensor: int) -> tuple[int, memoryview, Table]:
        """Return type, bytes and table of a constant; one of a file of float16 is behind an operator. Others: empty."""
        tensor = next((one[1][0] for one in self._operators if tensor in one[2] and one[0] == _DEQUANTIZE), tensor)
        table = self._tensors[tensor]
        return int(table.scalar(1, "b")), self._buffers[int(table.scalar(2, "I"))].bytes_view(0), table

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
