"""Promises of groups: a mark or a manifest decides in place of the file's bytes, and nothing else changes."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measure.accuracy.measure import choose_photographs
from edge_app.common.errors import DataError
from edge_app.photographs.decoder import decode_photograph
from edge_app.photographs.groups import (
    GroupedFile,
    Groups,
    format_manifest,
    mark_in,
    marked,
    read_groups,
    read_manifest,
)
from edge_app.photographs.splits import sha256_of

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
JPEG, PNG = (bytes(cv2.imencode(ending, PICTURE)[1].tobytes()) for ending in (".jpg", ".png"))
EXIF = b"\xff\xe1\x00\x0eExif\0\0MM\0*\0\0"
A, B, C = ("abc"[place] * 64 for place in range(3))


@pytest.mark.parametrize("content", [JPEG, PNG, JPEG[:2] + EXIF + JPEG[2:]])
def test_a_marked_picture_names_its_group_and_keeps_its_pixels(content: bytes) -> None:
    named = marked(content, "kitchen 1")
    assert mark_in(named) == b"kitchen 1"
    assert mark_in(content) == b""
    assert np.array_equal(decode_photograph(named, "named"), decode_photograph(content, "plain"))


def test_the_comment_stands_behind_jfif_and_exif_which_want_to_be_first() -> None:
    named = marked(JPEG, "g")
    place = named.index(b"\xff\xfe\x00\x13FieldLens-group:g")
    assert named[:place] + named[place + 21 :] == JPEG
    assert place == 2 + 18  # JFIF's APP0
    assert b"\x00\x00\x00\x19tEXtComment\0FieldLens-group:g" in marked(PNG, "g")


def test_files_of_one_group_have_one_key_and_unmarked_ones_their_own() -> None:
    other = bytes(cv2.imencode(".jpg", PICTURE[::-1])[1].tobytes())
    nothing = Groups()
    assert nothing.key_of("1.jpg", JPEG) == sha256_of(JPEG)
    assert nothing.key_of("1.jpg", marked(JPEG, "s")) == nothing.key_of("2.jpg", marked(other, "s"))
    assert nothing.key_of("1.jpg", marked(JPEG, "s")) == sha256_of(b"FieldLens-group:s")
    assert nothing.key_of("1.jpg", marked(JPEG, "s")) != nothing.key_of("1.jpg", marked(JPEG, "t"))


def test_other_comments_and_comments_behind_the_header_are_no_groups() -> None:
    assert mark_in(JPEG[:2] + b"\xff\xfe\x00\x07hello" + JPEG[2:]) == b""
    assert mark_in(JPEG + b"\xff\xfe\x00\x13FieldLens-group:g") == b""
    assert mark_in(b"FieldLens-group:g") == b""


@given(st.sampled_from([b"", JPEG[:2], PNG[:8]]), st.binary())
def test_any_bytes_have_a_key(start: bytes, rest: bytes) -> None:
    assert len(Groups().key_of("x", start + rest)) == 64


def test_looking_for_a_mark_takes_microseconds() -> None:
    large = JPEG[:2] + b"\xff\xe1\xff\xff" + bytes(65533) + JPEG[2:] + bytes(5_000_000)
    start_s = time.thread_time()
    for _ in range(1000):
        mark_in(large)
    assert time.thread_time() - start_s < 0.5  # of the processor: a busy machine takes none of it


@pytest.mark.parametrize("group", ["", " ", "x" * 9000])
def test_a_group_without_a_name_is_refused(group: str) -> None:
    with pytest.raises(ValueError, match="no name of a group"):
        marked(JPEG, group)


def test_the_manifest_knows_a_photograph_by_its_bytes_then_by_its_path(tmp_path: Path) -> None:
    rows = [GroupedFile("cat/ü, 1.jpg", sha256_of(b"1"), A), GroupedFile("cat/\udcff.jpg", sha256_of(b"2"), B)]
    (tmp_path / "groups.csv").write_bytes(format_manifest(rows))
    assert sorted(read_manifest(tmp_path), key=lambda row: row.group) == rows
    groups = read_groups(tmp_path)
    assert groups.key_of("elsewhere.jpg", b"1") == A
    assert groups.key_of("cat/ü, 1.jpg", b"saved anew") == A
    assert groups.key_of("elsewhere.jpg", b"unlisted") == sha256_of(b"unlisted")


@pytest.mark.parametrize("text", ["", "path,group\n", '"path","sha256","group"\n"a.jpg","1","2"\n', '"path'])
def test_a_damaged_manifest_is_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(DataError, match=r"groups\.csv` is damaged \(.*run `fieldlens train group`"):
        read_groups(tmp_path)


def test_a_benchmark_on_a_device_keeps_groups_together(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(200):
            content = bytes(cv2.imencode(".jpg", np.full((8, 8, 3), number, np.uint8))[1].tobytes())
            (tmp_path / label / f"{number}.jpg").write_bytes(marked(content, f"{label} {number // 20}"))
    tested = [(path.parent.name, int(path.stem) // 20) for path, _ in choose_photographs(tmp_path, False).files]
    assert tested
    assert all(tested.count(group) == 20 for group in tested)
