"""What a `.tflite` file says about itself: standard TFLite Metadata, and the files in the ZIP behind the model.

A `.tflite` file is a flatbuffer; its `metadata` vector may hold a `TFLITE_METADATA` buffer, itself a flatbuffer, with
the normalization and the names of files in a ZIP archive appended to the model. MediaPipe Tasks and ML Kit read the
same; `metadata_writer` writes it, `card` interprets it.
Schema: https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs
"""

from __future__ import annotations

import io
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import MOST_TABLES, BadFlatBufferError, Buffer, Table, root_table

CARD_FILE = "model_card.json"
LABELS_FILE = "labels.txt"
"""Names in the ZIP of the files we write."""

METADATA_NAME = "TFLITE_METADATA"
MODEL_IDENTIFIER = b"TFL3"
AXIS_LABELS = 2
"""AssociatedFileType.TENSOR_AXIS_LABELS of the schema."""
NORMALIZATION = 1
"""ProcessUnitOptions.NormalizationOptions of the schema."""

_EDGE_TPU_OPERATOR = b"edgetpu-custom-op"
_LONGEST_NAME = 255  # of a label file
_MOST_MEMBER_BYTES = 16 << 20  # of a packed file when unpacked; the labels of ImageNet have 10 KB
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same card gives the same bytes
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True)
class FileMetadata:
    """What a `.tflite` file says about itself.

    Attributes:
        mean: of the input normalization, in units of 0..255, one or one per channel; None: not stated.
        std: see `mean`.
        labels: a label per line; None: there are none.
        card: `model_card.json`; None: FieldLens did not make the file.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    labels: str | None = None
    card: bytes | None = None


def read_metadata(path: Path) -> FileMetadata:
    """Check that a `.tflite` file is whole and read its metadata; call it before the runtime opens the file.

    Raises:
        ModelFileError: missing, unreadable, not a TFLite flatbuffer, or cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _read_mapped(path, memoryview(mapped))
    except IsADirectoryError as error:
        raise ModelFileError(f"`{path}` is a folder; give the .tflite file inside it") from error
    except ValueError as error:  # an empty file cannot be mapped
        raise ModelFileError(f"`{path}` is empty (0 bytes); convert or download it again") from error
    except OSError as error:
        raise ModelFileError(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}; check the path"
        ) from error


def _read_mapped(path: Path, content: memoryview) -> FileMetadata:
    try:
        if bytes(content[4:8]) != MODEL_IDENTIFIER:
            raise ModelFileError(
                f"`{path}` is not a TFLite model (it starts with {bytes(content[:8])!r}); give a .tflite file"
            )
        try:
            _refuse_edge_tpu(path, root_table(content))
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
                "appended to the model has no end); convert or download it again"
            )
        files = _read_zip(path, {CARD_FILE, LABELS_FILE, *([labels_name] if labels_name else [])})
    finally:
        content.release()
    named = files.get(labels_name or "", b"")
    labels = named if named.strip() else files.get(LABELS_FILE)
    return FileMetadata(mean, std, None if labels is None else labels.decode(errors="replace"), files.get(CARD_FILE))


def _refuse_edge_tpu(path: Path, model: Table) -> None:
    """A file compiled for an Edge TPU is one operator that no CPU has."""
    if any(code.bytes_view(1) == _EDGE_TPU_OPERATOR for code in model.tables(1)):
        raise ModelFileError(
            f"`{path}` is compiled for a Coral Edge TPU and runs nowhere else; use the file that it was made from, "
            "which has no `_edgetpu` in its name"
        )


def _find_metadata(content: memoryview) -> bytes | None:
    """Check every buffer of the model and return a copy of the metadata buffer."""
    model = root_table(content)
    buffers = [_checked_buffer(table, len(content)) for table in model.tables(4)]
    for count, tensor in enumerate(tensor for subgraph in model.tables(2) for tensor in subgraph.tables(0)):
        if count >= MOST_TABLES:
            raise BadFlatBufferError(f"it has more than {MOST_TABLES:,} tensors")
        tensor.ints(0)
    for entry in model.tables(6):
        if entry.bytes_view(0) == METADATA_NAME.encode():  # no copy: any of them may be as long as the file
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
    normalization = next((unit.table(1) for unit in units if int(unit.scalar(0, "B")) == NORMALIZATION), None)
    if normalization is not None:
        mean, std = _per_channel(normalization, 0), _per_channel(normalization, 1)
    output = next(iter(subgraph.tables(3)), None)
    named = chain(output.tables(6) if output else (), subgraph.tables(4))
    labels = next((file for file in named if int(file.scalar(2, "b")) == AXIS_LABELS), None)
    return mean, std, None if labels is None else _file_name(labels)


def _units(tensor: Table | None) -> Iterator[Table]:
    return tensor.tables(4) if tensor is not None else iter(())


def _per_channel(normalization: Table, field: int) -> _Floats | None:
    """Read up to four numbers: a fourth shows that there are more than three channels."""
    return tuple(float(value) for value in normalization.floats(field)[:4]) or None


def _file_name(file: Table) -> str:
    length = len(file.bytes_view(0))
    if length > _LONGEST_NAME:
        raise BadFlatBufferError(f"the name of its label file has {length:,} bytes")
    return file.string(0)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return the archive that is appended to a model: packed members by their names, not compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for member, content in files.items():
            archive.writestr(zipfile.ZipInfo(member, _ZIP_DATE), content)
    return stream.getvalue()


def appended_zip(path: Path) -> tuple[int, dict[str, bytes]]:
    """Return at which byte the archive behind a model begins, and its members in their order; none without one.

    Raises:
        ModelFileError: it is damaged.
    """
    if not zipfile.is_zipfile(path):
        return path.stat().st_size, {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            start = min((one.header_offset for one in members), default=archive.start_dir)
            return start, {one.filename: _unpack(archive, one.filename) for one in members}
    except _ZIP_FAULTS as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"the archive appended to the model in `{path}` is damaged ({error}); convert or download it again"
    )


def _read_zip(path: Path, names: set[str]) -> dict[str, bytes]:
    """Return those of the named members that exist; a model without a ZIP has none."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _unpack(archive, name) for name in names & set(archive.namelist())}
    except _ZIP_FAULTS as error:
        raise _damaged(path, error) from error


def _unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack a member, unless it claims to be large: `zipfile` holds it to what it claims."""
    member = archive.getinfo(name)
    if member.file_size > _MOST_MEMBER_BYTES:
        raise ValueError(f"`{name}` would unpack to {member.file_size:,} bytes")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"`{name}` is packed by method {member.compress_type}, which no model uses")
    return archive.read(member)
