"""Layer 1 of the contract: standard TFLite Metadata, which MediaPipe Tasks and ML Kit read.

A `.tflite` file is a flatbuffer; its `metadata` vector may hold a `TFLITE_METADATA` buffer, itself a flatbuffer, with
the normalization and the names of files that a ZIP archive appended to the model carries.
Schema: https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs
"""

from __future__ import annotations

import io
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.common.errors import MissingDependencyError, ModelFileError
from edge_app.model.flatbuffer import MOST_TABLES, BadFlatBufferError, Buffer, Table, root_table

LABELS_FILE = "labels.txt"
"""Name of the label file in the ZIP of the files we write."""

_METADATA_NAME = "TFLITE_METADATA"
_MODEL_IDENTIFIER = b"TFL3"
_METADATA_IDENTIFIER = b"M001"
_AXIS_LABELS = 2  # AssociatedFileType.TENSOR_AXIS_LABELS
_NORMALIZATION = 1  # ProcessUnitOptions.NormalizationOptions
_FEATURE, _IMAGE = 1, 2  # ContentProperties
_RGB = 1  # ColorSpaceType.RGB
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same model gives the same bytes
_LONGEST_NAME = 255  # of a label file
_MOST_MEMBER_BYTES = 16 << 20  # of a packed file when unpacked; the labels of ImageNet have 10 KB
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True)
class PackedFile:
    """What a `.tflite` file says about itself.

    `mean` and `std` are the input normalization in units of 0..255 (None: not stated); `labels` holds the lines of the
    label file named by the metadata (None: there is none); `files` the wanted members of the ZIP.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    labels: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_packed_file(path: Path, wanted: tuple[str, ...]) -> PackedFile:
    """Read metadata and packed files, and check that the model is whole.

    Args:
        path: a `.tflite` file.
        wanted: names in the appended ZIP to return where they exist.

    Raises:
        ModelFileError: missing, unreadable, no TFLite flatbuffer, or cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _read_mapped(path, memoryview(mapped), wanted)
    except IsADirectoryError as error:
        raise ModelFileError(f"`{path}` is a folder; give the .tflite file inside it") from error
    except ValueError as error:  # an empty file cannot be mapped
        raise ModelFileError(f"`{path}` is empty (0 bytes); convert or download it again") from error
    except OSError as error:
        raise ModelFileError(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}; check the path"
        ) from error


def _read_mapped(path: Path, content: memoryview, wanted: tuple[str, ...]) -> PackedFile:
    try:
        if bytes(content[4:8]) != _MODEL_IDENTIFIER:
            raise ModelFileError(
                f"`{path}` is no TFLite model (it starts with {bytes(content[:8])!r}); give a .tflite file"
            )
        try:
            metadata = _find_metadata(content)
            facts = _read_metadata(metadata) if metadata is not None else (None, None, None)
            del metadata
        except BadFlatBufferError as error:
            raise ModelFileError(
                f"`{path}` is cut short or damaged ({len(content):,} bytes: {error}); convert or download it again"
            ) from error
        mean, std, labels_name = facts
        if labels_name and not zipfile.is_zipfile(path):
            raise ModelFileError(
                f"`{path}` is cut short ({len(content):,} bytes: its metadata names `{labels_name}`, but the archive "
                "behind the model has no end); convert or download it again"
            )
        files = _read_zip(path, {*wanted, *([labels_name] if labels_name else [])})
    finally:
        content.release()
    label_bytes = files.get(labels_name) if labels_name else None
    labels = None if label_bytes is None else label_bytes.decode(errors="replace")
    return PackedFile(mean, std, labels, {name: files[name] for name in wanted if name in files})


def _find_metadata(content: memoryview) -> bytes | None:
    """Check every buffer of the model and return a copy of the metadata buffer."""
    model = root_table(content)
    buffers = [_checked_buffer(table, len(content)) for table in model.tables(4)]
    for count, tensor in enumerate(tensor for subgraph in model.tables(2) for tensor in subgraph.tables(0)):
        if count >= MOST_TABLES:
            raise BadFlatBufferError(f"it has more than {MOST_TABLES:,} tensors")
        tensor.ints(0)
    for entry in model.tables(6):
        if entry.bytes_view(0) == _METADATA_NAME.encode():  # no copy: any of them may be as long as the file
            index = int(entry.scalar(1, "I"))
            if index >= len(buffers):
                raise BadFlatBufferError(f"the metadata points at buffer {index} of {len(buffers)}")
            return buffers[index].bytes_view(0).tobytes()
    return None


def _checked_buffer(table: Table, file_bytes: int) -> Table:
    """Models above 2 GB keep data outside the flatbuffer, at `offset`; all others inside."""
    table.bytes_view(0)
    offset, size = int(table.scalar(1, "Q")), int(table.scalar(2, "Q"))
    if offset > 1 and offset + size > file_bytes:
        raise BadFlatBufferError(f"a buffer ends at byte {offset + size:,}")
    return table


_Floats = tuple[float, ...]


def _read_metadata(content: Buffer) -> tuple[_Floats | None, _Floats | None, str | None]:
    """Return mean, standard deviation and the name of the label file."""
    subgraph = next(iter(root_table(content).tables(3)), None)
    if subgraph is None:
        return None, None, None
    mean = std = None
    units = _units(next(iter(subgraph.tables(2)), None))
    normalization = next((unit.table(1) for unit in units if int(unit.scalar(0, "B")) == _NORMALIZATION), None)
    if normalization is not None:
        mean, std = _per_channel(normalization, 0), _per_channel(normalization, 1)
    output = next(iter(subgraph.tables(3)), None)
    named = chain(output.tables(6) if output else (), subgraph.tables(4))
    labels = next((file for file in named if int(file.scalar(2, "b")) == _AXIS_LABELS), None)
    return mean, std, None if labels is None else _file_name(labels)


def _units(tensor: Table | None) -> Iterator[Table]:
    return tensor.tables(4) if tensor is not None else iter(())


def _per_channel(normalization: Table, field: int) -> _Floats | None:
    """Three channels have three numbers; a fourth tells that there are more, and no more are wanted."""
    return tuple(float(value) for value in normalization.floats(field)[:4]) or None


def _file_name(file: Table) -> str:
    length = len(file.bytes_view(0))
    if length > _LONGEST_NAME:
        raise BadFlatBufferError(f"the name of its label file has {length:,} bytes")
    return file.string(0)


def _read_zip(path: Path, names: set[str]) -> dict[str, bytes]:
    """Return those of the named members that exist; a model without a ZIP has none."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _unpack(archive, name) for name in names & set(archive.namelist())}
    except _ZIP_FAULTS as error:
        raise ModelFileError(
            f"the archive behind the model in `{path}` is damaged ({error}); convert or download it again"
        ) from error


def _unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack a member by what it claims to be, which `zipfile` holds it to: a few KB may claim to be gigabytes."""
    member = archive.getinfo(name)
    if member.file_size > _MOST_MEMBER_BYTES:
        raise ValueError(f"`{name}` would unpack to {member.file_size:,} bytes")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"`{name}` is packed by method {member.compress_type}, which no model uses")
    return archive.read(member)


def write_packed_file(
    model: bytes,
    *,
    name: str,
    description: str,
    mean: float,
    std: float,
    files: Mapping[str, bytes],
    input_range: tuple[float, float] = (0.0, 255.0),
) -> bytes:
    """Return the model with standard metadata and an appended ZIP.

    Args:
        model: a converted `.tflite` without metadata; older metadata is replaced.
        name: the model's title.
        description: one sentence.
        mean: subtracted from every channel (0..255) before ...
        std: ... dividing. Quantized inputs state it as well: MediaPipe asks for it with float inputs only.
        files: members of the ZIP; `LABELS_FILE` must be among them.
        input_range: smallest and largest input value, for the metadata's statistics.

    Raises:
        MissingDependencyError: the `flatbuffers` package is not installed.
        ModelFileError: `model` is no TFLite flatbuffer.
    """
    metadata = _build_metadata(name, description, mean, std, input_range)
    return _with_metadata_buffer(model, metadata) + _build_zip(files)


def _build_zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for member, content in files.items():
            archive.writestr(zipfile.ZipInfo(member, _ZIP_DATE), content)
    return stream.getvalue()


def _with_metadata_buffer(model: bytes, metadata: bytes) -> bytes:
    """Add the buffer, or replace that of older metadata, and pack the model again."""
    _, schema = _import_writers()
    from edge_app.model.packing import pack

    if model[4:8] != _MODEL_IDENTIFIER:
        raise ModelFileError(f"the bytes to pack are no TFLite model (they start with {model[:8]!r})")
    content = schema.ModelT.InitFromPackedBuf(bytearray(model), 0)
    entries = content.metadata or []
    known = next((entry for entry in entries if entry.name in (_METADATA_NAME.encode(), _METADATA_NAME)), None)
    if known is None:
        known = schema.MetadataT()
        known.name, known.buffer = _METADATA_NAME, len(content.buffers)
        content.metadata = [*entries, known]
        content.buffers.append(schema.BufferT())
    content.buffers[known.buffer].data = np.frombuffer(metadata, np.uint8)
    return pack(content, _MODEL_IDENTIFIER, len(model) + len(metadata))


def _import_writers() -> tuple[Any, Any]:
    try:
        import flatbuffers
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise MissingDependencyError(
            f"writing TFLite metadata needs the package `{error.name}`; install it with: pip install '.[train]'"
        ) from error
    return flatbuffers, schema_py_generated


def _build_metadata(name: str, description: str, mean: float, std: float, input_range: tuple[float, float]) -> bytes:
    flatbuffers, _ = _import_writers()
    write = _TableWriter(flatbuffers.Builder(1024))
    low, high = input_range
    normalization = write.table(2, [(0, write.floats([mean])), (1, write.floats([std]))])
    unit = write.table(2, [(1, normalization)], ubytes=[(0, _NORMALIZATION)])
    image = write.table(2, [], bytes_=[(0, _RGB)])
    image_content = write.table(3, [(1, image)], ubytes=[(0, _IMAGE)])
    stats = write.table(2, [(0, write.floats([high])), (1, write.floats([low]))])
    picture = [(0, write.text("image")), (1, write.text("The RGB picture to classify.")), (3, image_content)]
    picture += [(4, write.vector([unit])), (5, stats)]
    picture_tensor = write.table(7, picture)
    labels = [(0, write.text(LABELS_FILE)), (1, write.text("The name of each score, in order."))]
    labels_file = write.table(5, labels, bytes_=[(2, _AXIS_LABELS)])
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
