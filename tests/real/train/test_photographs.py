"""Promises about photographs as cameras and Kaggle make them: hashes, faults, decoders, equalization."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as PilImage

from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.perceptual_hash import matches
from edge_app.photographs.thumbnails import thumbnail
from train.augment.histogram import equalized, luminance
from train.data.loading import hash_files, load_photographs
from train.run_folder.serving import decode_jpegs
from train.screening.screening import screen


@pytest.fixture
def full_size(data_folder: Path) -> list[Path]:
    return sorted((data_folder / "dogs_vs_cats_full_size").rglob("*.jpg"))


def test_small_and_full_size_photographs_of_one_name_are_pairs(data_folder: Path, full_size: list[Path]) -> None:
    """The 240 full-size photographs are among the 8,000 small ones; here every sixth, among 200 others."""
    full = full_size[::6]
    small = data_folder / "dogs_vs_cats" / "train"
    others = [path for path in sorted(small.glob("*.jpg"))[::40] if path.name not in {path.name for path in full}]
    paths = [*full, *(small / path.name for path in full), *others]
    found = matches(np.stack([thumbnail(read_photograph(path)) for path in paths]))
    assert {(paths[match.first].name, paths[match.second].name) for match in found} == {
        (path.name, path.name) for path in full
    }


@pytest.mark.parametrize("quality", [30, 80])
def test_every_copy_is_found_and_nothing_else(quality: int, full_size: list[Path]) -> None:
    photographs = [read_photograph(path) for path in full_size[::4]]

    def copy(image: np.ndarray) -> np.ndarray:
        packed = cv2.imencode(".jpg", cv2.resize(image, (96, 96)), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)

    found = matches(np.stack([thumbnail(image) for image in (*photographs, *map(copy, photographs))]))
    count = len(photographs)
    assert [(match.first, match.second) for match in found] == [(place, place + count) for place in range(count)]


def test_good_photographs_are_given_no_advice(data_folder: Path) -> None:
    rows = screen(find_photographs(data_folder / "dogs_vs_cats_full_size")).summary_rows()
    assert [row[0] for row in rows if row[2]] == ["likely label errors"]
    assert all(row[1] == "0" for row in rows[:-2])


def test_pillow_and_our_decoder_see_the_same_photographs(full_size: list[Path]) -> None:
    """Another JPEG decoder: the pixels are within 2 levels almost everywhere."""
    for path in full_size[::40]:
        ours = read_photograph(path)[..., ::-1].astype(int)
        with PilImage.open(path) as picture:
            theirs = np.asarray(picture.convert("RGB")).astype(int)
        assert ours.shape == theirs.shape
        assert (np.abs(ours - theirs) <= 2).mean() > 0.99


def test_training_sees_the_pixels_of_the_device(data_folder: Path) -> None:
    root = data_folder / "flowers"
    folder = find_photographs(root)
    some = hash_files(folder)[0][::60]
    loaded, skipped = load_photographs(root, some, folder.labels, Size(96, 96))
    assert not skipped
    for number, file in enumerate(some):
        expected = resize_rgb(read_photograph(root / file.path), Size(96, 96))
        np.testing.assert_array_equal(loaded.images_rgb[number], expected)


def test_a_served_network_sees_the_pixels_of_the_device(full_size: list[Path]) -> None:
    paths = full_size[::10]
    served = decode_jpegs(tf.constant([path.read_bytes() for path in paths]), 96).numpy()
    for path, image in zip(paths, served, strict=True):
        difference = np.abs(image - resize_rgb(read_photograph(path), Size(96, 96)))
        assert difference.max() <= 1.0
        assert difference.mean() < 0.2


def test_luminance_and_equalization_are_opencvs_to_the_level(full_size: list[Path]) -> None:
    images = np.stack([resize_rgb(read_photograph(path), Size(101, 75)) for path in full_size[::12]])
    expected = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[..., 0] for image in images])
    levels = luminance(tf.constant(images, tf.float32))
    np.testing.assert_array_equal(levels, expected)
    np.testing.assert_array_equal(equalized(levels), [cv2.equalizeHist(image) for image in expected])
