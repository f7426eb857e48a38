"""Promises of recognising a folder of photographs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import AugmentedCopy, copy_name, format_manifest
from edge_app.photographs.folders import find_photographs, refuse_changed_origins
from edge_app.photographs.splits import sha256_of, split_of


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def test_a_folder_per_class_is_recognised_at_any_depth_and_order_is_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "rose/b.jpg", "rose/garden/a.JPG", "daisy/1.png", "notes.txt", "rose/readme.md", "rose/.hidden.jpg")
    found = find_photographs(tmp_path)
    assert found.layout == "folder per class"
    assert found.labels == ("daisy", "rose")
    assert [(file.path, file.label) for file in found.files] == [
        ("daisy/1.png", "daisy"),
        ("rose/b.jpg", "rose"),
        ("rose/garden/a.JPG", "rose"),
    ]
    assert "folder per class, 3 picture files of 2 classes (daisy 1, rose 2)" in str(found)


def test_flat_names_are_recognised_and_others_are_counted(tmp_path: Path) -> None:
    found = find_photographs(touch(tmp_path, "cat.1.jpg", "dog.12.jpg", "cat.2.jpg", "holiday.jpg"))
    assert found.layout == "flat names"
    assert found.labels == ("cat", "dog")
    assert len(found.files) == 3
    assert found.unlabelled == ("holiday.jpg",)


def test_pictures_beside_class_folders_say_no_class(tmp_path: Path) -> None:
    found = find_photographs(touch(tmp_path, "cat/1.jpg", "dog/1.jpg", "cat.7.jpg"))
    assert found.layout == "folder per class"
    assert found.unlabelled == ("cat.7.jpg",)


def test_kaggles_flat_folder_and_a_folder_per_class_in_the_numbers_that_people_have(tmp_path: Path) -> None:
    kaggle = find_photographs(
        touch(tmp_path / "train", *(f"{label}.{number}.jpg" for label in ("cat", "dog") for number in range(500)))
    )
    assert (kaggle.layout, kaggle.labels, len(kaggle.files)) == ("flat names", ("cat", "dog"), 1000)
    flowers = find_photographs(
        touch(tmp_path / "flowers", *(f"{label}/{number}.jpg" for label in "abcde" for number in range(120)))
    )
    assert (flowers.layout, len(flowers.labels), len(flowers.files)) == ("folder per class", 5, 600)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ((), "holds no pictures"),
        (("notes.txt",), "holds no pictures"),
        (("one.jpg", "two.jpg"), "none of its 2 pictures is named like cat.12.jpg"),
        (("cat/1.jpg", "cat/2.jpg"), "holds one class (`cat`, 2 pictures) and two are needed; add a folder"),
        (("cat.1.jpg",), "holds one class (`cat`, 1 pictures)"),
        (("photos/cat/1.jpg", "photos/dog/1.jpg"), "did you mean"),
        (("kaggle/cat.1.jpg", "kaggle/dog.1.jpg"), "did you mean"),
        (("train/cat/1.jpg", "test/dog/1.jpg"), "names of splits, but no class is in more than one of them"),
        (("train/one.jpg", "test/two.jpg"), "names of splits, but no class is in more than one of them"),
    ],
)
def test_a_folder_that_cannot_be_used_is_one_sentence(names: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_photographs(touch(tmp_path, *names))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_and_a_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        find_photographs(tmp_path / "nowhere")
    with pytest.raises(DataError, match="is a file"):
        find_photographs(touch(tmp_path, "a.jpg") / "a.jpg")


TRAINING = "0" * 64


def with_copies(root: Path, *origins: str) -> Path:
    """Give each of the files a copy, and write the manifest."""
    copies = [AugmentedCopy(copy_name(origin, 1), origin, TRAINING, 0, 1, ()) for origin in origins]
    touch(root, *origins, *(copy.file for copy in copies))
    (root / "augmented.csv").write_bytes(format_manifest(copies))
    return root


@pytest.mark.parametrize("origins", [("cat/1.jpg", "dog/deep/1.png"), ("cat.1.jpg", "dog.12.png")])
def test_copies_have_the_label_of_their_origin_and_name_it(origins: tuple[str, str], tmp_path: Path) -> None:
    found = find_photographs(touch(with_copies(tmp_path, *origins), origins[0].replace("1", "3")))
    assert found.labels == ("cat", "dog")
    files = {file.path: file for file in found.files}
    assert len(files) == 5
    for origin, label in zip(origins, ("cat", "dog"), strict=True):
        copy = files[copy_name(origin, 1)]
        assert (copy.label, copy.origin, copy.origin_sha256) == (label, origin, TRAINING)
        assert (files[origin].label, files[origin].origin) == (label, None)
    assert "5 picture files of 2 classes (cat 3, dog 2), 2 of them augmented copies" in str(found)


@pytest.mark.parametrize("gone", ["cat/1.jpg", "cat/1-jpg.fieldlens-copy-1.jpg"])
def test_a_manifest_that_names_what_is_not_there_is_one_sentence(gone: str, tmp_path: Path) -> None:
    (with_copies(tmp_path, "cat/1.jpg", "dog/1.jpg") / gone).unlink()
    with pytest.raises(DataError, match=r"augmented\.csv` names `cat/1.*which is missing; make the folder again"):
        find_photographs(tmp_path)


def test_copies_that_lost_their_manifest_are_never_taken_for_photographs(tmp_path: Path) -> None:
    (with_copies(tmp_path, "cat/1.jpg", "dog/1.jpg") / "augmented.csv").unlink()
    with pytest.raises(DataError, match=r"is an augmented copy, but no augmented\.csv in .* says of which photograph"):
        find_photographs(tmp_path)


def test_an_origin_whose_bytes_have_changed_is_refused(tmp_path: Path) -> None:
    found = find_photographs(with_copies(tmp_path, "cat/1.jpg", "dog/1.jpg"))
    refuse_changed_origins(found, {"cat/1.jpg": TRAINING})
    with pytest.raises(DataError, match=r"dog/1\.jpg` has changed since its copies were made"):
        refuse_changed_origins(found, {"cat/1.jpg": TRAINING, "dog/1.jpg": "f" * 64})


@given(st.binary(max_size=100))
def test_the_split_is_a_function_of_the_bytes_alone(content: bytes) -> None:
    assert split_of(sha256_of(content)) == split_of(sha256_of(bytes(content)))


def test_shares_of_the_splits_are_65_10_25() -> None:
    splits = [split_of(sha256_of(str(number).encode())) for number in range(20_000)]
    for split, share in (("train", 0.65), ("validation", 0.1), ("test", 0.25)):
        assert splits.count(split) / 20_000 == pytest.approx(share, abs=0.012)


@pytest.mark.parametrize(
    ("start", "split"),
    [
        ("00000000", "train"),
        ("a6666666", "train"),
        ("a6666667", "validation"),
        ("bfffffff", "validation"),
        ("c0000000", "test"),
        ("ffffffff", "test"),
    ],
)
def test_the_cuts_are_where_they_were(start: str, split: str) -> None:
    """Written out: moving a cut would put photographs that trained older models into the test split."""
    assert split_of(start + "0" * 56) == split


def test_a_class_that_cannot_be_read_does_not_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for label in ("cat", "dog", "fox"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.jpg").write_bytes(b"")
    real = os.scandir

    def locked(path: str) -> object:
        if str(path).endswith("fox"):  # the tests may run as root, who may read everything
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(DataError, match=r"fox` cannot be read: permission denied; check it"):
        find_photographs(tmp_path)


def test_a_class_folder_that_is_a_link_is_followed_and_loops_end(tmp_path: Path) -> None:
    elsewhere = touch(tmp_path / "elsewhere", "1.jpg", "2.jpg")
    root = touch(tmp_path / "photographs", "cat/1.jpg")
    (root / "dog").symlink_to(elsewhere, target_is_directory=True)
    (root / "cat" / "loop").symlink_to(root, target_is_directory=True)
    (elsewhere / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [file.path for file in find_photographs(root).files] == ["cat/1.jpg", "dog/1.jpg", "dog/2.jpg"]


def test_a_link_to_a_class_of_the_same_folder_adds_no_second_class(tmp_path: Path) -> None:
    root = touch(tmp_path, "cat/1.jpg", "dog/1.jpg")
    (root / "alias").symlink_to(root / "cat", target_is_directory=True)
    assert find_photographs(root).labels == ("cat", "dog")


def test_jfif_is_a_jpeg_and_is_read(tmp_path: Path) -> None:
    assert len(find_photographs(touch(tmp_path, "cat/1.jfif", "dog/1.JFIF")).files) == 2
