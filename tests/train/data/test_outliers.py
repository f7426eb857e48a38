"""Promises of pictures of anything else: any layout, broken ones counted, split by their bytes, never a class's own."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from edge_app.common.errors import DataError
from edge_app.model.card import Size
from edge_app.photographs.splits import SPLITS, sha256_of, split_of
from tests.pictures import photograph
from train.data.outliers import find_outliers, load_outliers


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """30 pictures, flat, nested and deep, one of them broken and one hidden."""
    root = tmp_path / "anything"
    places = (root, root / "sub", root / "sub" / "deeper")
    for number in range(30):
        places[number % 3].mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(places[number % 3] / f"{number}.jpg"), photograph(number, Size(64, 48)))
    (root / "broken.jpg").write_bytes(b"no picture")
    (root / ".hidden.jpg").write_bytes(b"hidden")
    (root / "notes.txt").write_text("no picture")
    return root


def test_every_layout_is_read_and_the_bytes_decide_the_split(flowers: Path) -> None:
    found = find_outliers(flowers)
    assert len(found.files) == 31
    assert sum(file.path.count("/") == 2 for file in found.files) == 10
    for file in found.files:
        assert file.label == "neither"
        assert file.split == split_of(sha256_of((flowers / file.path).read_bytes()))
    assert sum(len(found.of(split)) for split in SPLITS) == 31
    assert find_outliers(flowers) == found


def test_broken_pictures_are_skipped_and_counted(flowers: Path) -> None:
    found = find_outliers(flowers)
    images = 0
    for split in SPLITS:
        loaded, found = load_outliers(found, split, Size(8, 8))
        assert loaded.images_rgb.shape == (len(loaded), 8, 8, 3)
        images += len(loaded)
    assert images == 30
    (sentence,) = found.skipped
    assert "broken.jpg` is not a picture" in sentence
    assert sum(found.description()["counts"].values()) == 30


def test_a_photograph_of_a_class_is_nothing_else(flowers: Path) -> None:
    everything = find_outliers(flowers)
    taken = everything.of("train")[0]
    found = find_outliers(flowers, {taken.sha256})
    assert taken not in found.files
    assert len(found.files) == len(everything.files) - 1
    assert f"{taken.path}` is also a photograph of a class" in found.skipped[0]
    with pytest.raises(DataError, match=r"too few usable pictures of anything else \(0, 31 skipped; the first: "):
        find_outliers(flowers, {file.sha256 for file in everything.files})


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist; give a folder with pictures of anything else"):
        find_outliers(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="is a file; give a folder"):
        find_outliers(tmp_path / "file")
    with pytest.raises(DataError, match=r"holds no pictures \(.jpg"):
        find_outliers(tmp_path)
    assert cv2.imwrite(str(tmp_path / "one.jpg"), photograph(0))
    with pytest.raises(DataError, match=r"\(1\): none falls into the \w+ split; add more"):
        find_outliers(tmp_path)
