"""Changing a flatbuffer without its schema: what is new goes behind the end, and tables point there from then on.

Offsets to vectors and strings lead forward, and all tables lie before the end, so no table has to move. What a table
pointed to before stays in the file as bytes that nobody reads.
Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from edge_app.model.flatbuffer import Buffer, Table

_WORD = 4
_SIGNATURES = 7  # a field of Model


class Edit:
    """The changed copy of a flatbuffer.

    Attributes:
        content: so far.

    Args:
        content: read through `Table`s, which stay good: they tell where things are.
    """

    def __init__(self, content: Buffer) -> None:
        self.content = bytearray(content)

    def set_vector(self, table: Table, field: int, values: npt.NDArray[Any], alignment: int = _WORD) -> None:
        """Let a field that is there point to a vector of its own.

        Args:
            table: of the flatbuffer as it was.
            field: its number in the schema.
            values: (items,) in the type of the items.
            alignment: of the first item, bytes: 8 for items of 8 bytes, 16 for the buffers of a model.

        Raises:
            BadFlatBufferError: the field is not there.
        """
        ordered = values.astype(values.dtype.newbyteorder("<"))
        self._append(table, field, len(ordered), ordered.tobytes(), alignment)

    def set_text(self, table: Table, field: int, text: str) -> None:
        """Let a field that is there point to another text.

        Raises:
            BadFlatBufferError: the field is not there.
        """
        encoded = text.encode()
        self._append(table, field, len(encoded), encoded + b"\0", _WORD)

    def keep_tables(self, table: Table, field: int, places: Sequence[int]) -> None:
        """Leave only some tables in a vector of them.

        Args:
            table: of the flatbuffer as it was.
            field: of the vector.
            places: ascending.

        Raises:
            BadFlatBufferError: the field is not there.
        """
        start = table.vector_start(field)
        for slot, place in enumerate(places):
            (offset,) = struct.unpack_from("<I", table.buffer, start + _WORD * place)
            struct.pack_into("<I", self.content, start + _WORD * slot, offset + _WORD * (place - slot))
        struct.pack_into("<I", self.content, start - _WORD, len(places))

    def drop_signatures(self, model: Table) -> None:
        """Leave the signatures of a model out: they name tensors, and the app reads these by their place."""
        if next(model.tables(_SIGNATURES), None) is not None:
            self.keep_tables(model, _SIGNATURES, [])

    def _append(self, table: Table, field: int, length: int, items: bytes, alignment: int) -> None:
        where = table.field_start(field)
        self.content += bytes(-(len(self.content) + _WORD) % max(_WORD, alignment))
        struct.pack_into("<I", self.content, where, len(self.content) - where)
        self.content += struct.pack("<I", length) + items
