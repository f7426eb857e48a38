"""Promises of the one decoder about files that another program wrote (Pillow, in the train environment only)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage

from edge_app.model.card import Size
from edge_app.photographs.decoder import read_photograph
from tests.pictures import write_photographs
from train.data.loading import load_photographs
from train.data.splits import SplitFile

SIZE = (48, 32)  # width, height


def smooth_rgb() -> np.ndarray:
    """A picture that JPEG keeps almost exactly: (32, 48, 3) uint8 RGB."""
    y, x = np.mgrid[0:32, 0:48]
    return np.stack([40 + 3 * x, 60 + 4 * y, 200 - 2 * x - y], axis=-1).astype(np.uint8)


def test_cmyk_is_converted_by_the_usual_formula(tmp_path: Path) -> None:
    """R = 255 (1 - C)(1 - K): what viewers show for a CMYK file without a colour profile."""
    cmyk = np.zeros((32, 48, 4), np.uint8)
    cmyk[..., 0], cmyk[..., 1], cmyk[..., 2], cmyk[..., 3] = 200, 100, 20, 60
    cmyk[:, 24:, 3] = 10
    path = tmp_path / "cmyk.jpg"
    PilImage.fromarray(cmyk, "CMYK").save(path, quality=100, subsampling=0)
    expected_rgb = (255.0 - cmyk[..., :3]) * (255.0 - cmyk[..., 3:]) / 255.0
    actual_rgb = read_photograph(path)[..., ::-1].astype(float)
    inner = np.s_[4:-4, [4, 12, 30, 44]]  # away from the edge in the middle, where JPEG rings
    assert np.abs(actual_rgb[inner] - expected_rgb[inner]).max() <= 3.0


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA", "1", "I;16"])
def test_odd_kinds_of_png_become_three_channels(mode: str, tmp_path: Path) -> None:
    rgb = smooth_rgb()
    picture = PilImage.fromarray(rgb)
    path = tmp_path / "odd.png"
    if mode == "I;16":
        grey = np.asarray(picture.convert("L"))
        PilImage.fromarray(grey.astype(np.uint16) * 257).save(path)
        expected = np.repeat(grey[..., np.newaxis], 3, axis=-1)
    else:
        picture.convert(mode).save(path)
        expected = np.asarray(picture.convert(mode).convert("RGB"))
    actual = read_photograph(path)[..., ::-1]
    assert actual.shape == (32, 48, 3)
    assert actual.dtype == np.uint8
    assert np.abs(actual.astype(int) - expected.astype(int)).max() <= 2


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photograph_is_upright_for_training_too(orientation: int, tmp_path: Path) -> None:
    rgb = smooth_rgb()
    turned = {1: 0, 3: 2, 6: 1, 8: 3}[orientation]  # quarter turns counter-clockwise that the camera stored
    stored = PilImage.fromarray(np.ascontiguousarray(np.rot90(rgb, turned)))
    exif = PilImage.Exif()
    exif[0x0112] = orientation
    (tmp_path / "cat").mkdir()
    stored.save(tmp_path / "cat" / "turned.jpg", quality=100, subsampling=0, exif=exif)
    file = SplitFile("cat/turned.jpg", "cat", "train", "")
    loaded, skipped = load_photographs(tmp_path, [file], ("cat", "dog"), Size(*SIZE))
    assert not skipped
    assert np.abs(loaded.images_rgb[0].astype(int) - rgb.astype(int)).max() <= 4


def test_pillow_and_our_decoder_see_the_same_photographs(tmp_path: Path) -> None:
    """Another JPEG decoder: the pixels are within 2 levels almost everywhere."""
    for path in sorted(write_photographs(tmp_path / "photos", 3).rglob("*.jpg")):
        ours = read_photograph(path)[..., ::-1].astype(int)
        with PilImage.open(path) as picture:
            theirs = np.asarray(picture.convert("RGB")).astype(int)
        assert ours.shape == theirs.shape
        assert (np.abs(ours - theirs) <= 2).mean() > 0.99


def test_opencv_is_not_asked_twice_about_orientation(tmp_path: Path) -> None:
    """`imread` and our decoder agree, so a frame that a user read with OpenCV is the same picture."""
    path = tmp_path / "a.jpg"
    PilImage.fromarray(smooth_rgb()).save(path, quality=95)
    np.testing.assert_array_equal(read_photograph(path), cv2.imread(str(path)))
