"""Promises of the checked flatbuffer reader: whatever is in a file, it is read or refused, never worse."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge_app.common.errors import ModelFileError
from edge_app.model.metadata import read_metadata
from tests.models import LABELS, UINT8

WHOLE_BYTES = UINT8.stat().st_size
ARCHIVE_BYTES = WHOLE_BYTES - UINT8.read_bytes().index(b"PK\x03\x04")


class Content(bytes):
    """The bytes of a model; hypothesis need not print all of them."""

    def __repr__(self) -> str:
        return f"<{len(self):,} bytes>"


@pytest.fixture(scope="module")
def model_bytes() -> Content:
    return Content(UINT8.read_bytes())


def test_metadata_of_a_file_is_read() -> None:
    metadata = read_metadata(UINT8)
    assert metadata.mean == (127.5,)
    assert metadata.std == (127.5,)
    assert metadata.labels is not None
    assert tuple(metadata.labels.splitlines()) == LABELS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(missing=st.integers(1, WHOLE_BYTES))
@example(missing=1)  # the archive's end
@example(missing=ARCHIVE_BYTES)  # the archive
@example(missing=WHOLE_BYTES)  # everything
def test_a_file_cut_anywhere_is_refused(model_bytes: Content, tmp_path: Path, missing: int) -> None:
    path = tmp_path / "cut.tflite"
    path.write_bytes(model_bytes[:-missing])
    try:
        read_metadata(path)
    except ModelFileError as error:
        assert str(path) in str(error)
    else:
        pytest.fail("a cut file was taken for whole")


@pytest.mark.parametrize(
    ("method", "labels", "reason"),
    [
        (zipfile.ZIP_DEFLATED, bytes(64 << 20), "would unpack to 67,108,864 bytes"),
        (zipfile.ZIP_BZIP2, b"cat", "is packed by method 12, which no model uses"),
    ],
)
def test_an_archive_that_is_no_models_is_refused_unopened(
    model_bytes: Content, tmp_path: Path, method: int, labels: bytes, reason: str
) -> None:
    path = tmp_path / "bomb.tflite"
    path.write_bytes(model_bytes[: model_bytes.index(b"PK\x03\x04")])
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("labels.txt", labels)
    with pytest.raises(ModelFileError, match=reason):
        read_metadata(path)


def test_a_packed_member_with_damaged_bytes_is_refused(model_bytes: Content, tmp_path: Path) -> None:
    path = tmp_path / "zlib.tflite"
    path.write_bytes(model_bytes[: model_bytes.index(b"PK\x03\x04")])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.txt", bytes(range(256)) * 40)
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x03\x04") + 40
    content[start : start + 60] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is damaged"):
        read_metadata(path)


def bomb(count: int) -> bytes:
    """A model with `count` subgraphs that are one and the same, of `count` tensors that are one and the same."""
    subgraph = 32 + 4 * count + 8  # behind its vtable and the vector that names it
    tensor = subgraph + 12 + 4 * count + 4
    named = [struct.pack("<I", subgraph - place) for place in range(32, 32 + 4 * count, 4)]
    tensors = [struct.pack("<I", tensor - place) for place in range(subgraph + 12, subgraph + 12 + 4 * count, 4)]
    model = struct.pack("<I4s5H2xiI", 20, b"TFL3", 10, 8, 0, 0, 4, 12, 4)
    head = struct.pack("<3H2xiII", 6, 8, 4, 8, 4, count)
    return b"".join([model, struct.pack("<I", count), *named, head, *tensors, struct.pack("<2Hi", 4, 4, 4)])


def test_one_table_named_a_million_times_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tflite"
    path.write_bytes(bomb(100))
    read_metadata(path)
    path.write_bytes(bomb(3000))  # 24 KB, nine million tensors
    with pytest.raises(ModelFileError, match="more than 200,000 tensors"):
        read_metadata(path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40), share=st.floats(0.0001, 1.0))
def test_flipped_bytes_never_crash_the_reader(
    model_bytes: Content, tmp_path: Path, seed: int, count: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    content = np.frombuffer(model_bytes, np.uint8).copy()
    places = rng.integers(8, max(9, int(share * len(content))), count)
    content[places] = rng.integers(0, 256, count)
    path = tmp_path / "flipped.tflite"
    path.write_bytes(content.tobytes())
    try:
        read_metadata(path)
    except ModelFileError as error:
        assert "\n" not in str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400))
def test_any_bytes_behind_the_identifier_never_crash_the_reader(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "noise.tflite"
    path.write_bytes(body[:4].ljust(4, b"\0") + b"TFL3" + body[4:])
    try:
        read_metadata(path)
    except ModelFileError as error:
        assert "\n" not in str(error)
