"""Promises of a ZIP file in the place of a folder: unpacked once, into the cache, and nothing harmful."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from edge_app.common.errors import DataError, OutputError
from edge_app.model.run_folder import TrainedRun
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.zip_files import extract, plan_extraction, unpacked
from tests.edge_app.photographs.test_folders import touch

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "fieldlens" / "photographs"


def zipped(path: Path, *names: str, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name in names:
            archive.writestr(name, os.urandom(200))
    return path


ROBOFLOW = [f"pets/{part}/{label}/{n}.jpg" for part in ("train", "valid") for label in ("cat", "dog") for n in (1, 2)]


def test_a_zip_is_taken_as_its_folder_without_the_one_on_top_and_what_macos_adds(tmp_path: Path, cache: Path) -> None:
    archive = zipped(tmp_path / "my pets.zip", *ROBOFLOW, "__MACOSX/pets/train/cat/._1.jpg", "pets/README.txt")
    root = unpacked(archive)
    found = find_photographs(root)
    assert root.name == "my pets"
    assert root.is_relative_to(cache)
    assert [file.path for file in found.files] == [name.removeprefix("pets/") for name in ROBOFLOW]
    assert found.given == {"train": "train", "valid": "test"}
    assert found.unlabelled == ()


def test_the_same_bytes_are_unpacked_once_and_other_bytes_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(tmp_path / "pets.zip", "cat/1.jpg", "dog/1.jpg")
    root = unpacked(archive)
    assert f"{archive} was unpacked into {root}; delete that folder" in capsys.readouterr().out
    (root / "mark").touch()
    assert unpacked(archive) == root
    assert (root / "mark").exists()
    assert f"{archive} is unpacked in {root}" in capsys.readouterr().out
    assert unpacked(zipped(archive, "cat/1.jpg", "dog/1.jpg")) != root


def test_a_folder_and_what_is_no_zip_stay_as_they_are(tmp_path: Path) -> None:
    assert unpacked(tmp_path) == tmp_path
    assert unpacked(tmp_path / "nowhere.zip") == tmp_path / "nowhere.zip"
    picture = touch(tmp_path, "a.jpg") / "a.jpg"
    assert unpacked(picture) == picture


def test_a_moved_run_finds_its_photographs_in_a_zip(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "pets.zip", "cat/1.jpg", "dog/1.jpg")
    run = TrainedRun.__new__(TrainedRun)
    assert (run.photograph_folder(archive) / "cat" / "1.jpg").is_file()


def test_a_full_disk_and_a_damaged_archive_leave_nothing(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(DataError, match=r"`broken\.zip` is not a valid ZIP file"):
        unpacked(tmp_path / "broken.zip")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 900, 100))
    with pytest.raises(OutputError, match=r"free and .* are needed to unpack the photographs"):
        unpacked(zipped(tmp_path / "pets.zip", "cat/1.jpg", "dog/1.jpg"))
    assert not cache.exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_damage_inside_is_a_sentence_whatever_packed_it(compression: int, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "pets.zip", "cat/1.jpg", "dog/1.jpg", compression=compression)
    content = bytearray(archive.read_bytes())
    content[60:160] = bytes(100)  # of the first picture
    archive.write_bytes(content)
    plan = plan_extraction(archive)
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="is not a valid ZIP file"):
        extract(archive, plan, tmp_path / "out")


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds 'cat\.jpg' as a file and as a folder; nothing was unpacked"):
        unpacked(zipped(tmp_path / "pets.zip", "cat.jpg", "cat.jpg/1.jpg", "dog/1.jpg"))


@pytest.mark.parametrize("name", ["d/" * 1500 + "1.jpg", "cat/" + "n" * 1200 + ".jpg"])
def test_a_path_that_no_system_takes_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds a path of [\d,]+ letters and [\d,]+ folders, .*nothing was unpacked"):
        unpacked(zipped(tmp_path / "pets.zip", "cat/1.jpg", name, "dog/1.jpg"))
