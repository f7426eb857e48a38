"""The graph of a `.tflite` file: tensors and operators, read from the flatbuffer without running it.

Needs no schema package: tflite-runtime brings none. Only the main subgraph is read; the others belong to control flow.
Schema: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import BadFlatBufferError, Buffer, Table, root_table
from edge_app.model.metadata import read_metadata

NO_TENSOR = -1
"""In an operator's list of inputs: an optional one that is left out."""

_CODES, _SUBGRAPHS, _BUFFERS = 1, 2, 4  # fields of Model
_DATA_OUTSIDE = 1  # a buffer with an offset above this keeps its data behind the flatbuffer


@dataclass(frozen=True)
class Tensor:
    """One tensor.

    Attributes:
        name: as the converter called it.
        shape: with batch; empty for a scalar, or where the file does not say.
        kind: number of its type in the schema (`TensorType`).
        buffer: number of the buffer with its values.
        constant: the file holds its values.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    buffer: int
    constant: bool

    @property
    def size(self) -> int:
        """Number of its elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        code: its number in the schema (`BuiltinOperator`).
        inputs: numbers of tensors; `NO_TENSOR` for one that is left out.
        outputs: numbers of tensors.
        options: a table of the schema; None: it has none.
    """

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None = None


@dataclass(frozen=True)
class Graph:
    """What a file computes, in the order in which it is computed."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_graph(path: Path) -> Graph:
    """Read the main graph of a file.

    Raises:
        ModelFileError: missing, unreadable, no TFLite model, or damaged.
    """
    read_metadata(path)
    content = path.read_bytes()
    try:
        return graph_of(content)
    except BadFlatBufferError as error:
        raise ModelFileError(
            f"`{path}` is cut short or damaged ({len(content):,} bytes: {error}); convert or download it again"
        ) from error


def graph_of(content: Buffer) -> Graph:
    """Read the main graph of a flatbuffer.

    Raises:
        BadFlatBufferError: it is damaged.
    """
    model = root_table(content)
    # Old files have the code in a byte, newer ones in both fields: the larger counts.
    codes = [max(int(code.scalar(0, "b")), int(code.scalar(3, "i"))) for code in model.tables(_CODES)]
    full = [_holds_data(buffer) for buffer in model.tables(_BUFFERS)]
    main = next(model.tables(_SUBGRAPHS), None)
    if main is None:
        raise BadFlatBufferError("it has no graph")
    tensors = tuple(_tensor(table, full) for table in main.tables(0))
    operators = tuple(_operator(table, codes, len(tensors)) for table in main.tables(3))
    inputs, outputs = (_indices(main, field, len(tensors)) for field in (1, 2))
    return Graph(tensors, operators, inputs, outputs)


def _holds_data(buffer: Table) -> bool:
    return len(buffer.bytes_view(0)) > 0 or int(buffer.scalar(1, "Q")) > _DATA_OUTSIDE


def _tensor(table: Table, full: Sequence[bool]) -> Tensor:
    buffer = int(table.scalar(2, "I"))
    if buffer and buffer >= len(full):
        raise BadFlatBufferError(f"a tensor points at buffer {buffer} of {len(full)}")
    shape = tuple(int(length) for length in table.ints(0))
    return Tensor(table.string(3), shape, int(table.scalar(1, "b")), buffer, buffer > 0 and full[buffer])


def _operator(table: Table, codes: Sequence[int], tensors: int) -> Operator:
    code = int(table.scalar(0, "I"))
    if code >= len(codes):
        raise BadFlatBufferError(f"an operator has code {code} of {len(codes)}")
    return Operator(codes[code], _indices(table, 1, tensors), _indices(table, 2, tensors), table.table(4))


def _indices(table: Table, field: int, tensors: int) -> tuple[int, ...]:
    indices = tuple(int(index) for index in table.ints(field))
    strange = next((index for index in indices if not NO_TENSOR <= index < tensors), None)
    if strange is not None:
        raise BadFlatBufferError(f"an operator names tensor {strange} of {tensors}")
    return indices
