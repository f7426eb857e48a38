"""Reading a flatbuffer without trusting it: every offset is checked against the file's size.

The generated accessors of a schema follow offsets blindly, so a cut or hostile file ends in an exception from deep
inside, or worse. The device needs a dozen fields; this reader gets them and names what is wrong.
Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Buffer = bytes | memoryview

MOST_TABLES = 200_000
"""In one vector: it may name the same table again and again, and looking at each takes some microseconds."""


class BadFlatBufferError(ValueError):
    """An offset or a length leads outside the file."""


@dataclass(frozen=True)
class Table:
    """One table of a flatbuffer: `position` is its first byte in `buffer`."""

    buffer: Buffer
    position: int

    def scalar(self, field: int, kind: str, default: int | float = 0) -> int | float:
        """Read a number.

        Args:
            field: the field's number in the schema, from 0.
            kind: a `struct` letter (`B` ubyte, `b` byte, `i` int, `I` uint, `Q` ulong, `f` float).
            default: the schema's default, for a field that is not there.
        """
        where = self._field(field)
        return default if where is None else _unpack(self.buffer, where, kind)

    def string(self, field: int) -> str:
        """Read UTF-8 text; empty for a field that is not there."""
        return self.bytes_view(field).tobytes().decode(errors="replace")

    def bytes_view(self, field: int) -> memoryview:
        """Read a vector of bytes without a copy."""
        start, length = self._vector(field, 1)
        return memoryview(self.buffer)[start : start + length]

    def floats(self, field: int) -> npt.NDArray[np.float32]:
        """Read a vector of float32, shape (n,)."""
        start, length = self._vector(field, 4)
        return np.frombuffer(self.buffer, "<f4", length, start)

    def ints(self, field: int) -> npt.NDArray[np.int32]:
        """Read a vector of int32, shape (n,)."""
        start, length = self._vector(field, 4)
        return np.frombuffer(self.buffer, "<i4", length, start)

    def table(self, field: int) -> Table | None:
        """Follow a field to another table; None if it is not there."""
        where = self._field(field)
        return None if where is None else _follow(self.buffer, where)

    def tables(self, field: int) -> Iterator[Table]:
        """Follow a vector of tables.

        Raises:
            BadFlatBufferError: it leaves the file, or has more tables than any model.
        """
        start, length = self._vector(field, 4)
        if length > MOST_TABLES:
            raise BadFlatBufferError(f"a vector of {length:,} tables is longer than any model's")
        for index in range(length):
            yield _follow(self.buffer, start + 4 * index)

    def field_start(self, field: int) -> int:
        """Return the position of a field's own bytes, as for changing them.

        Raises:
            BadFlatBufferError: it is not there.
        """
        where = self._field(field)
        if where is None:
            raise BadFlatBufferError(f"field {field} of a table is missing")
        return where

    def vector_start(self, field: int) -> int:
        """Return the position of a vector's first item; its length is in the four bytes before.

        Raises:
            BadFlatBufferError: it is not there, or leaves the file.
        """
        self.field_start(field)
        return self._vector(field, 4)[0]

    def _field(self, field: int) -> int | None:
        vtable = self.position - int(_unpack(self.buffer, self.position, "i"))
        size = int(_unpack(self.buffer, vtable, "H"))
        entry = 4 + 2 * field
        if entry + 2 > size:
            return None
        offset = int(_unpack(self.buffer, vtable + entry, "H"))
        return self.position + offset if offset else None

    def _vector(self, field: int, item_bytes: int) -> tuple[int, int]:
        where = self._field(field)
        if where is None:
            return 0, 0
        start = where + int(_unpack(self.buffer, where, "I"))
        length = int(_unpack(self.buffer, start, "I"))
        if start + 4 + length * item_bytes > len(self.buffer):
            raise BadFlatBufferError(f"a vector of {length} items leaves the file")
        return start + 4, length


def root_table(buffer: Buffer) -> Table:
    """Return the outermost table.

    Raises:
        BadFlatBufferError: the first offset leads outside.
    """
    return _follow(buffer, 0)


def _follow(buffer: Buffer, where: int) -> Table:
    position = where + int(_unpack(buffer, where, "I"))
    _unpack(buffer, position, "i")  # the table's head must be inside
    return Table(buffer, position)


def _unpack(buffer: Buffer, position: int, kind: str) -> int | float:
    try:
        value: int | float = struct.unpack_from(f"<{kind}", buffer, position)[0] if position >= 0 else _outside()
    except struct.error as error:
        raise BadFlatBufferError(f"an offset leaves the file at byte {position}") from error
    return value


def _outside() -> int:
    raise BadFlatBufferError("an offset leads before the file's start")
