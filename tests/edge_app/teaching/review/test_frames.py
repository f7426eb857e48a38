"""Promises of what is reviewed: every picture in a folder of a class, and nothing that is reached through a link."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import MANIFEST_NAME
from edge_app.teaching.review.frames import find_frames, label_of_folder, read_collected
from tests.edge_app.teaching.review.field import files_of, write_field


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


def test_every_picture_of_a_class_is_a_frame_deeper_ones_too(field: Path) -> None:
    (field / "cat" / "morning").mkdir()
    (field / "empty").mkdir()
    (field / "cat" / "20261120-100000.jpg").rename(field / "cat" / "morning" / "1.jpg")
    (field / ".hidden").mkdir()
    shutil.copy(field / "cat" / "morning" / "1.jpg", field / ".hidden")
    shutil.copy(field / "cat" / "morning" / "1.jpg", field / "beside.jpg")
    found = find_frames(field)
    assert [frame.path for frame in found.frames] == sorted(set(files_of(field)) - {".hidden/1.jpg", "beside.jpg"})
    assert {frame.folder for frame in found.frames} == {"cat", "dog"}
    assert found.folders == ("cat", "dog", "empty")
    assert found.sentences() == ["1 pictures left out that are in no folder of a class"]


def test_links_are_left_out_and_said(field: Path, tmp_path: Path) -> None:
    outside = write_field(tmp_path / "outside")
    (field / "owl").symlink_to(outside / "cat")
    (field / "cat" / "link.jpg").symlink_to(outside / "cat" / "20261120-100000.jpg")
    (field / "cat" / "more").symlink_to(outside / "dog")
    found = find_frames(field)
    assert len(found.frames) == 16
    assert found.folders == ("cat", "dog")
    assert found.sentences() == ["3 links left out: only files that lie in the folder itself are reviewed"]


def test_folders_that_cannot_be_meant_are_refused_in_a_sentence(field: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist; give the folder of"):
        find_frames(tmp_path / "no")
    with pytest.raises(DataError, match="is a file"):
        find_frames(field / "collected.jsonl")
    (tmp_path / "splits").mkdir()
    for name in ("train", "test"):
        shutil.copytree(field, tmp_path / "splits" / name)
    with pytest.raises(DataError, match=r"laid out in splits \(test, train\)"):
        find_frames(tmp_path / "splits")
    (field / MANIFEST_NAME).write_text("")
    with pytest.raises(DataError, match="augmented copies"):
        find_frames(field)


def test_what_was_collected_has_the_scores_of_its_model(field: Path) -> None:
    with (field / "collected.jsonl").open("a") as file:
        file.write('{"file": "cat/x.jpg"}\n[]\nhalf a li')
    collected = read_collected(field)
    assert collected.models == ("pets.tflite",)
    assert len(collected.scores) == 16
    assert collected.scores["cat/20261120-100000.jpg"] == {"cat": 0.95, "dog": 0.05}


def test_a_label_is_found_by_the_folder_that_it_is_kept_in() -> None:
    assert label_of_folder("cup%2Fmug", ("phone", "cup/mug")) == "cup/mug"
    assert label_of_folder("neither", ("phone", "cup/mug")) is None
