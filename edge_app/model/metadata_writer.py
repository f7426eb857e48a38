"""Writing TFLite Metadata into a model; needs the packages `flatbuffers` and `ai-edge-litert`, so import it late.

Models are packed smaller than the generated code of the schema does it, and aligned as the schema asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from edge_app.common.errors import ModelFileError
from edge_app.model.metadata import AXIS_LABELS, LABELS_FILE, METADATA_NAME, MODEL_IDENTIFIER, NORMALIZATION, zip_of

_METADATA_IDENTIFIER = b"M001"
_FEATURE, _IMAGE = 1, 2  # ContentProperties
_RGB = 1  # ColorSpaceType.RGB
_BUFFER_ALIGNMENT = 16  # `force_align: 16` of the TFLite schema
_ROOM_BYTES = 4096


def write_metadata(
    model: bytes,
    *,
    name: str,
    description: str,
    mean: float,
    std: float,
    files: Mapping[str, bytes],
    input_range: tuple[float, float] = (0.0, 255.0),
) -> bytes:
    """Return a model with standard metadata and an appended ZIP.

    Args:
        model: a converted `.tflite` without metadata; older metadata is replaced.
        name: the model's title.
        description: one sentence.
        mean: subtracted from every channel (0..255) before ...
        std: ... dividing. Quantized inputs state it as well: MediaPipe asks for it with float inputs only.
        files: members of the ZIP; `LABELS_FILE` must be among them.
        input_range: smallest and largest input value, for the metadata's statistics.

    Raises:
        ModelFileError: `model` is not a TFLite flatbuffer.
    """
    metadata = _build_metadata(name, description, mean, std, input_range)
    return _with_metadata_buffer(model, metadata) + zip_of(files)


def _with_metadata_buffer(model: bytes, metadata: bytes) -> bytes:
    """Add the buffer, or replace that of older metadata, and pack the model again."""
    if model[4:8] != MODEL_IDENTIFIER:
        raise ModelFileError(f"the bytes to pack are not a TFLite model (they start with {model[:8]!r})")
    content = schema.ModelT.InitFromPackedBuf(bytearray(model), 0)
    entries = content.metadata or []
    known = next((entry for entry in entries if entry.name in (METADATA_NAME.encode(), METADATA_NAME)), None)
    if known is None:
        known = schema.MetadataT()
        known.name, known.buffer = METADATA_NAME, len(content.buffers)
        content.metadata = [*entries, known]
        content.buffers.append(schema.BufferT())
    content.buffers[known.buffer].data = np.frombuffer(metadata, np.uint8)
    return _pack(content, MODEL_IDENTIFIER, len(model) + len(metadata))


def _build_metadata(name: str, description: str, mean: float, std: float, input_range: tuple[float, float]) -> bytes:
    write = _TableWriter(flatbuffers.Builder(1024))
    low, high = input_range
    normalization = write.table(2, [(0, write.floats([mean])), (1, write.floats([std]))])
    unit = write.table(2, [(1, normalization)], ubytes=[(0, NORMALIZATION)])
    image = write.table(2, [], bytes_=[(0, _RGB)])
    image_content = write.table(3, [(1, image)], ubytes=[(0, _IMAGE)])
    stats = write.table(2, [(0, write.floats([high])), (1, write.floats([low]))])
    picture = [(0, write.text("image")), (1, write.text("The RGB picture to classify.")), (3, image_content)]
    picture += [(4, write.vector([unit])), (5, stats)]
    picture_tensor = write.table(7, picture)
    labels = [(0, write.text(LABELS_FILE)), (1, write.text("The name of each score, in order."))]
    labels_file = write.table(5, labels, bytes_=[(2, AXIS_LABELS)])
    feature_content = write.table(3, [(1, write.table(0, []))], ubytes=[(0, _FEATURE)])
    score_range = write.table(2, [(0, write.floats([1.0])), (1, write.floats([0.0]))])
    score = [(0, write.text("probability")), (1, write.text("One probability per label.")), (3, feature_content)]
    score_tensor = write.table(7, [*score, (5, score_range), (6, write.vector([labels_file]))])
    subgraph = write.table(5, [(2, write.vector([picture_tensor])), (3, write.vector([score_tensor]))])
    root = [(0, write.text(name)), (1, write.text(description)), (3, write.vector([subgraph]))]
    model = write.table(8, [*root, (7, write.text("1.0.0"))])
    write.builder.Finish(model, file_identifier=_METADATA_IDENTIFIER)
    return bytes(write.builder.Output())


@dataclass(frozen=True)
class _TableWriter:
    """Builds tables by field number, inner ones first, as flatbuffers wants it."""

    builder: Any

    def text(self, value: str) -> int:
        return int(self.builder.CreateString(value))

    def floats(self, values: list[float]) -> int:
        return int(self.builder.CreateNumpyVector(np.asarray(values, np.float32)))

    def vector(self, offsets: list[int]) -> int:
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def table(
        self,
        fields: int,
        offsets: list[tuple[int, int]],
        ubytes: list[tuple[int, int]] | None = None,
        bytes_: list[tuple[int, int]] | None = None,
    ) -> int:
        self.builder.StartObject(fields)
        for number, offset in offsets:
            self.builder.PrependUOffsetTRelativeSlot(number, offset, 0)
        for number, value in ubytes or []:
            self.builder.PrependUint8Slot(number, value, 0)
        for number, value in bytes_ or []:
            self.builder.PrependInt8Slot(number, value, 0)
        return int(self.builder.EndObject())


def _pack(model: Any, identifier: bytes, size_bytes: int) -> bytes:
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
