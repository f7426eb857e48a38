"""Promises of what is not read: it is counted by ending, and a class that yields nothing is named."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from edge_app.common.errors import DataError
from edge_app.photographs.contents import contents_below
from edge_app.photographs.folders import find_photographs
from tests.edge_app.photographs.test_folders import touch


def names(ending: str, count: int, folder: str) -> list[str]:
    return [f"{folder}/{number}{ending}" for number in range(count)]


def test_a_class_that_yields_nothing_is_named_with_what_is_in_it(tmp_path: Path) -> None:
    touch(tmp_path, *names(".png", 3, "cat"), *names(".jfif", 3, "dog"), *names(".HEIC", 10, "fox"))
    touch(tmp_path, *names(".gif", 2, "fox"), "notes.txt", "cat/readme")
    (tmp_path / "owl").mkdir()
    found = find_photographs(tmp_path)
    assert found.labels == ("cat", "dog")
    assert found.unread == {".heic": 10, ".gif": 2, ".txt": 1, "without an ending": 1}
    assert found.unread_sentences() == [
        "not read: 10 .heic, 2 .gif, 1 .txt, 1 without an ending",
        "no class: `fox`, in which no picture is read (10 .heic, 2 .gif)",
        "no class: `owl`, in which no picture is read (it is empty)",
        "HEIC and AVIF are not read; make JPEGs of them with `heif-convert NAME.heic NAME.jpg` (Debian: "
        "libheif-examples), and choose “Most Compatible” in the iPhone's camera settings for new ones",
        "a GIF may hold many frames; save those that you want as PNG: `ffmpeg -i NAME.gif NAME_frame_%03d.png`",
    ]


def test_a_part_without_pictures_of_a_class_is_named(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{part}/{label}/1.jpg" for part in ("train", "val") for label in ("cat", "dog")))
    touch(tmp_path, "train/fox/1.jpg", "val/fox/1.avif")
    found = find_photographs(tmp_path)
    assert found.labels == ("cat", "dog", "fox")
    assert found.empty == {"val/fox": {".avif": 1}}


def test_files_of_systems_and_of_ours_are_not_counted(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/1.jpg", "groups.csv", ".DS_Store", "cat/._1.jpg", "cat/Thumbs.db")
    touch(tmp_path, "cat/desktop.ini", "__MACOSX/cat/._1.jpg", "NOTICE.txt", ".git/config")
    found = find_photographs(tmp_path)
    assert (found.unread, found.empty, found.unread_sentences()) == ({}, {}, [])


def test_what_has_the_name_of_a_picture_and_is_no_file_is_counted(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/1.jpg")
    (tmp_path / "cat" / "broken.jpg").symlink_to("/nonexistent")
    (tmp_path / "cat" / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "cat" / "fifo.jpg")
    assert contents_below(tmp_path).pictures == ("cat/1.jpg", "dog/1.jpg")
    assert find_photographs(tmp_path).unread == {"broken links or special files": 2}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (names(".heic", 4, "cat"), r"holds no pictures \(.jpg, .* but 4 .heic; give a folder.*`heif-convert"),
        ([*names(".jpg", 2, "cat"), *names(".heic", 4, "dog")], r"`dog`, in which no picture is read \(4 .heic\)"),
    ],
)
def test_a_folder_of_nothing_that_is_read_says_what_it_holds(files: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_photographs(touch(tmp_path, *files))
    assert re.search(sentence, str(caught.value))
