"""A model cut into pieces, one per operator, each a model of its own.

The file is not written anew: its lists of operators, inputs and outputs are changed in place, which needs no schema
package. All pieces are loaded from one temporary copy, changed between two loads: the runtime reads the lists while it
loads, and later only the weights, which stay. So 60 pieces need the weights once.
Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import BadFlatBufferError, root_table
from edge_app.model.graph import NO_TENSOR, Graph

_WORD = 4
_SUBGRAPHS, _INPUTS, _OUTPUTS, _OPERATORS = 2, 1, 2, 3  # fields of Model, and of SubGraph


@dataclass(frozen=True)
class Piece:
    """One operator with what it needs.

    Attributes:
        place: of the operator in the graph.
        operators: places: operators whose result does not depend on the picture (weights that are unpacked) come first,
            in the piece that uses them; the runtime computes most of them once.
        inputs: numbers of the tensors that earlier pieces make, or the picture.
        outputs: numbers of the tensors that it makes.
    """

    place: int
    operators: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def plan_pieces(graph: Graph) -> tuple[Piece, ...]:
    """Return the pieces in the order in which they are to be run."""
    varying = set(graph.inputs)
    needed: dict[int, tuple[int, ...]] = {}  # by tensor that does not depend on the picture: what makes it
    pieces = []
    for place, operator in enumerate(graph.operators):
        inputs = tuple(dict.fromkeys(index for index in operator.inputs if index in varying))
        before = [one for index in operator.inputs for one in needed.get(index, ())]
        operators = (*sorted(set(before)), place)
        outputs = tuple(index for index in operator.outputs if index != NO_TENSOR)
        if inputs:
            varying.update(outputs)
            pieces.append(Piece(place, operators, inputs, outputs))
        else:
            needed.update(dict.fromkeys(outputs, operators))
    return tuple(pieces)


class Cutter:
    """Makes one model after the other in the same file; made by `open_cutter`."""

    def __init__(self, file: BinaryIO, path: Path, content: bytes, graph: Graph) -> None:
        main = next(root_table(content).tables(_SUBGRAPHS))
        self._file, self._path = file, path
        self._operators = [table.position for table in main.tables(_OPERATORS)]
        self._list = main.vector_start(_OPERATORS)
        self._inputs, self._outputs = main.field_start(_INPUTS), main.field_start(_OUTPUTS)
        self._end = len(content) + -len(content) % _WORD
        room = 2 + 2 * len(graph.tensors)  # two lists with their lengths
        file.write(content.ljust(self._end, b"\0") + bytes(_WORD * room))

    def cut(self, operators: Sequence[int], inputs: Sequence[int], outputs: Sequence[int]) -> Path:
        """Return the file, now a model of these operators only.

        Args:
            operators: ascending places.
            inputs: numbers of tensors; each at most once.
            outputs: likewise.
        """
        self._write(self._list - _WORD, len(operators))
        for slot, place in enumerate(operators):
            # Offsets lead forward only. They can: all tables lie behind their list.
            where = self._list + _WORD * slot
            self._write(where, self._operators[place] - where)
        behind = self._end + _WORD * (1 + len(inputs))
        self._write(self._end, len(inputs), *inputs, len(outputs), *outputs)
        self._write(self._inputs, self._end - self._inputs)
        self._write(self._outputs, behind - self._outputs)
        self._file.flush()
        return self._path

    def _write(self, where: int, *words: int) -> None:
        self._file.seek(where)
        self._file.write(struct.pack(f"<{len(words)}I", *words))


@contextmanager
def open_cutter(model: Path, graph: Graph) -> Iterator[Cutter]:
    """Copy a model to a temporary file and yield what cuts it.

    Raises:
        ModelFileError: the file has changed, or is laid out in a way that no converter uses.
    """
    content = model.read_bytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "piece.tflite"
        with path.open("w+b") as file:
            try:
                cutter = Cutter(file, path, content, graph)
            except (BadFlatBufferError, StopIteration) as error:
                raise ModelFileError(
                    f"`{model}` cannot be cut into its operators: {error}; convert it again"
                ) from error
            yield cutter
