"""Promises of contact sheets: one per class, the first photographs of it and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_app.photographs.decoder import read_photograph
from train.augment.augmentation import OFF, Augmentation
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.run_folder.plots import write_contact_sheets


def coloured() -> PhotographSet:
    """Class 0 red, class 1 blue, class 2 empty."""
    images = np.zeros((6, 32, 32, 3), np.uint8)
    targets = np.array([0, 1, 0, 1, 0, 1])
    images[targets == 0, :, :, 0] = 200
    images[targets == 1, :, :, 2] = 200
    files = tuple(SplitFile(str(number), "x", "train", "") for number in range(6))
    return PhotographSet(files, images, targets.astype(np.int64))


def pixels_of(image_bgr: np.ndarray, colour_bgr: tuple[int, int, int]) -> int:
    return int((np.abs(image_bgr.astype(int) - colour_bgr).max(axis=2) < 8).sum())


def test_there_is_one_picture_per_class_with_its_photographs_only(tmp_path: Path) -> None:
    paths = write_contact_sheets(coloured(), ["red $1", "blau/grün", "none"], OFF, 0, tmp_path / "sheets")
    assert [path.name for path in paths] == ["augmented-00-red_1.png", "augmented-01-blau_grün.png"]
    red, blue = (read_photograph(path) for path in paths)
    assert pixels_of(red, (0, 0, 200)) > 0.3 * red.shape[0] * red.shape[1]
    assert pixels_of(red, (200, 0, 0)) == 0
    assert pixels_of(blue, (200, 0, 0)) > 0.3 * blue.shape[0] * blue.shape[1]


def test_variants_are_changed_and_the_original_is_not(tmp_path: Path) -> None:
    (path, _) = write_contact_sheets(coloured(), ["a", "b"], Augmentation(brightness=0.9), 0, tmp_path)
    sheet = read_photograph(path)
    columns = np.array_split(sheet, 7, axis=1)
    assert pixels_of(columns[0], (0, 0, 200)) > 0.5 * columns[0].shape[0] * columns[0].shape[1]
    unchanged = sum(pixels_of(column, (0, 0, 200)) for column in columns[1:])  # some factors are nearly 1
    assert unchanged < 2 * pixels_of(columns[0], (0, 0, 200))


def test_the_same_seed_draws_the_same_sheet(tmp_path: Path) -> None:
    sheets = [
        write_contact_sheets(coloured(), ["a", "b"], Augmentation(noise=20.0), seed, tmp_path / str(number))[0]
        for number, seed in enumerate((1, 1, 2))
    ]
    one, two, other = (read_photograph(path) for path in sheets)
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
