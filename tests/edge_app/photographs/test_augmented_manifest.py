"""Promises of the manifest of augmented copies: what was written is read, and damage is a sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import (
    AugmentedCopy,
    copy_name,
    format_manifest,
    is_copy_name,
    parse_manifest,
    read_manifest,
)
from edge_app.photographs.decoder import IMAGE_SUFFIXES
from edge_app.photographs.splits import split_of

TRAINING = "0fbec73f" + "0" * 56
TEST = "ffffffff" + "0" * 56
HEAD = "file,origin,origin_sha256,seed,copy,operations\n"
ROW = f"cat/1-jpg.fieldlens-copy-2.jpg,cat/1.jpg,{TRAINING},7,2,"

names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12)
paths = st.builds(
    lambda folder, stem, suffix: f"{folder}/{stem}{suffix}", names, names, st.sampled_from(IMAGE_SUFFIXES)
)
parameters = st.dictionaries(st.sampled_from(("degrees", "x", "style")), st.one_of(st.floats(-9, 9), names))
operations = st.builds(lambda name, rest: {"op": name, **rest}, names, parameters)


def test_a_manifest_is_one_line_per_copy_that_people_can_read() -> None:
    copy = AugmentedCopy(
        file="cat/1-jpg.fieldlens-copy-2.jpg",
        origin="cat/1.jpg",
        origin_sha256=TRAINING,
        seed=7,
        copy=2,
        operations=({"op": "flip"}, {"op": "rotate", "degrees": 7.5}),
    )
    text = HEAD + ROW + '"[{""op"": ""flip""}, {""op"": ""rotate"", ""degrees"": 7.5}]"\n'
    assert format_manifest([copy]).decode() == text
    assert parse_manifest(text.encode()) == {copy.file: copy}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(paths, st.binary(), st.integers(0, 2**31), st.lists(operations)), max_size=5))
def test_what_was_written_is_read_whatever_the_names(
    drawn: list[tuple[str, bytes, int, list[dict[str, object]]]],
) -> None:
    copies = {}
    for number, (origin, content, seed, done) in enumerate(drawn, start=1):
        sha256 = hashlib.sha256(content).hexdigest()
        if split_of(sha256) == "train":
            file = copy_name(origin, number)
            copies[file] = AugmentedCopy(file, origin, sha256, seed, number, tuple(done))
    assert parse_manifest(format_manifest(copies.values())) == copies


@given(paths, paths, st.integers(1, 99), st.integers(1, 99))
def test_no_two_originals_share_the_name_of_a_copy(one: str, other: str, first: int, second: int) -> None:
    assume((one, first) != (other, second))
    assert copy_name(one, first) != copy_name(other, second)
    assert is_copy_name(copy_name(one, first))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: (HEAD + ROW + text).encode("utf-8", "replace"))
    )
)
def test_any_bytes_are_a_manifest_or_a_sentence(content: bytes) -> None:
    try:
        copies = parse_manifest(content)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert all(file == copy_name(copy.origin, copy.copy) for file, copy in copies.items())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its first line is not file,origin,"),
        ("path,label,split\n", "its first line is not file,origin,"),
        (HEAD + "a,b\n", "row 1: 2 columns instead of 6"),
        (HEAD + ROW, "row 1: no JSON: ''"),
        (HEAD + ROW + '"{}"\n', "row 1: no list of operations: '{}'"),
        (HEAD + ROW + '"[{""degrees"": 1}]"\n', "no list of operations"),
        (HEAD + ROW + "[]\n" + ROW + "[]\n", "row 2: 'cat/1-jpg.fieldlens-copy-2.jpg' a second time"),
        (HEAD + ROW.replace(TRAINING, "abc") + "[]\n", "row 1: no SHA-256: 'abc'"),
        (HEAD + ROW.replace(",7,2,", ",7,-1,") + "[]\n", "row 1: no numbers: seed '7', copy '-1'"),
        (HEAD + ROW.replace("cat/1.jpg", "cat/2.jpg") + "[]\n", "is not the name of a copy of 'cat/2.jpg'"),
        (HEAD + ROW + '"[', "unexpected end of data"),
    ],
)
def test_damage_is_one_sentence_with_a_way_out(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "augmented.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_manifest(tmp_path)
    sentence = str(caught.value)
    assert "augmented.csv` is damaged (" in sentence
    assert reason in sentence
    assert "make the folder again with `fieldlens train augment`" in sentence
    assert "\n" not in sentence


def test_a_folder_without_a_manifest_has_no_copies(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}


def test_a_manifest_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "augmented.csv").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        read_manifest(tmp_path)
