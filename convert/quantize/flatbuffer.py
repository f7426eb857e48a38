"""A `.tflite` as objects that can be changed, and back."""

from __future__ import annotations

from typing import Any

from ai_edge_litert import schema_py_generated as schema

from edge_app.common.errors import MissingDependencyError
from edge_app.common.installing import not_installed

_IDENTIFIER = b"TFL3"


def unpacked(model: bytes) -> Any:
    """Return a `ModelT`, whose fields may be changed; see `schema.fbs` of LiteRT."""
    return schema.ModelT.InitFromPackedBuf(bytearray(model), 0)


def packed(content: Any) -> bytes:
    """Return the file of a `ModelT`.

    Raises:
        MissingDependencyError: flatbuffers is not installed.
    """
    try:
        import flatbuffers
    except ImportError as error:
        raise MissingDependencyError(not_installed("flatbuffers", "train")) from error
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(content.Pack(builder), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())
