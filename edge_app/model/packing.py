"""Writing a model that was read through the schema's object interface, better than the generated code does.

Needs the packages `flatbuffers` and `ai-edge-litert`, so only those import this module who are about to write.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_BUFFER_ALIGNMENT = 16  # `force_align: 16` of the TFLite schema
_ROOM_BYTES = 4096


def pack(model: Any, identifier: bytes, size_bytes: int) -> bytes:
    """Write a model.

    Args:
        model: a `ModelT` of the schema; its buffers are replaced by aligned ones.
        identifier: of the file format.
        size_bytes: about how large it will be.
    """
    model.buffers = [_aligned(buffer) for buffer in model.buffers]
    builder = _SharingBuilder(size_bytes + _ROOM_BYTES)
    builder.Finish(model.Pack(builder), file_identifier=identifier)
    return bytes(builder.Output())


class _SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]  # the package publishes no types
    """Writes equal vectors once: the zero points of a kernel alone are a zero per channel, a tenth of a file."""

    def __init__(self, initial_bytes: int) -> None:
        super().__init__(initial_bytes)
        self._known: dict[tuple[str, bytes], Any] = {}

    def CreateNumpyVector(self, x: Any) -> Any:  # noqa: N802  # overrides the published name
        key = (x.dtype.str, x.tobytes())
        if key not in self._known:
            self._known[key] = super().CreateNumpyVector(x)
        return self._known[key]


class _AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """Packs with the alignment that the schema asks for and the generated code forgets."""

    def Pack(self, builder: Any) -> Any:  # noqa: N802  # overrides the generated name
        data = None
        if self.data is not None:
            content = np.asarray(self.data, np.uint8).tobytes()
            builder.StartVector(1, len(content), _BUFFER_ALIGNMENT)
            builder.head = builder.head - len(content)
            builder.Bytes[builder.head : builder.head + len(content)] = content
            data = builder.EndVector()
        schema.BufferStart(builder)
        if data is not None:
            schema.BufferAddData(builder, data)
        return schema.BufferEnd(builder)


def _aligned(buffer: Any) -> Any:
    made = _AlignedBuffer()
    made.data = buffer.data
    return made
