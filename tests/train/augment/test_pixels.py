"""Promises of colour, histogram, noise and erasing: by their definitions, and by OpenCV where it has the same."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
import pytest
import tensorflow as tf

from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from tests.pictures import photograph
from train.augment.augmentation import TILES, Augmentation
from train.augment.colour import recolour
from train.augment.disturbance import add_noise, erase
from train.augment.histogram import CLIP_LIMIT, clahe, equalize_some, equalized, luminance

SEED = tf.constant([0, 3])
SIZES = [Size(160, 160), Size(101, 75), Size(96, 150)]


def photographs(size: Size = SIZES[2]) -> np.ndarray:
    return np.stack([resize_rgb(photograph(number), size) for number in range(20)])


def grey_of(images: np.ndarray) -> np.ndarray:
    return images @ np.array([0.299, 0.587, 0.114])


def recoloured(images: np.ndarray, **strengths: float) -> np.ndarray:
    return np.asarray(recolour(tf.constant(images, tf.float32), Augmentation(**strengths), SEED))  # type: ignore[arg-type]


def test_brightness_multiplies_all_pixels_of_a_photograph_by_one_number() -> None:
    images = np.random.default_rng(0).uniform(10, 150, (40, 8, 8, 3))
    factors = recoloured(images, brightness=0.4) / images
    assert factors.std(axis=(1, 2, 3)).max() < 1e-4
    means = factors.mean(axis=(1, 2, 3))
    assert 0.6 <= means.min() < 0.7
    assert 1.3 < means.max() <= 1.4


def test_contrast_keeps_the_mean_grey_and_scales_the_distances_from_it() -> None:
    images = np.random.default_rng(0).uniform(100, 150, (40, 8, 8, 3))
    changed = recoloured(images, contrast=0.5)
    np.testing.assert_allclose(grey_of(changed).mean(axis=(1, 2)), grey_of(images).mean(axis=(1, 2)), atol=0.01)
    factors = changed.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
    assert 0.5 <= factors.min() < 0.6
    assert 1.4 < factors.max() <= 1.5


def test_saturation_and_hue_keep_the_grey_of_every_pixel() -> None:
    images = np.random.default_rng(0).uniform(100, 150, (20, 8, 8, 3))
    for strengths in ({"saturation": 1.0}, {"hue": 0.5}):
        changed = recoloured(images, **strengths)
        np.testing.assert_allclose(grey_of(changed), grey_of(images), atol=0.01)
        assert np.abs(changed - images).max() > 20.0


def test_all_four_at_once_are_one_after_the_other() -> None:
    images = np.random.default_rng(0).uniform(90, 130, (10, 8, 8, 3)).astype(np.float32)
    strengths = {"brightness": 0.3, "contrast": 0.4, "saturation": 0.5, "hue": 0.2}
    one_by_one = images
    for name, strength in strengths.items():
        one_by_one = recoloured(one_by_one, **{name: strength})
    np.testing.assert_allclose(recoloured(images, **strengths), one_by_one, atol=0.01)


def test_hue_turns_colours_by_at_most_its_share_of_the_circle() -> None:
    """Judged in HSV, which is another colour circle than ours: red turns by 0.1 ± 0.05 of it."""
    red = np.full((200, 1, 1, 3), (160.0, 90.0, 90.0))
    hues = np.array([colorsys.rgb_to_hsv(*pixel)[0] for pixel in recoloured(red, hue=0.1)[:, 0, 0] / 255.0])
    turned = (hues + 0.5) % 1.0 - 0.5
    assert 0.05 < turned.max() < 0.15
    assert -0.15 < turned.min() < -0.05


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_luminance_and_both_equalizations_are_opencvs_to_the_level(size: Size) -> None:
    images = photographs(size)
    expected = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[..., 0] for image in images])
    levels = luminance(tf.constant(images, tf.float32))
    np.testing.assert_array_equal(levels, expected)
    np.testing.assert_array_equal(equalized(levels), [cv2.equalizeHist(image) for image in expected])
    local = cv2.createCLAHE(CLIP_LIMIT, (TILES, TILES))
    # One level in a few pixels is allowed: bilinear weights in float32 may round the other way on another machine.
    apart = np.abs(clahe(levels).numpy() - np.stack([local.apply(image) for image in expected]).astype(int))
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.001


@pytest.mark.parametrize("kind", ["equalize", "clahe"])
def test_an_equalized_photograph_is_what_opencv_makes_by_way_of_ycrcb(kind: str) -> None:
    images = photographs()
    local = cv2.createCLAHE(CLIP_LIMIT, (TILES, TILES))
    expected = []
    for image in images:
        channels = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
        channels[..., 0] = (cv2.equalizeHist if kind == "equalize" else local.apply)(channels[..., 0].copy())
        expected.append(cv2.cvtColor(channels, cv2.COLOR_YCrCb2RGB))
    changed = equalize_some(tf.constant(images, tf.float32), Augmentation(**{kind: 1.0}), SEED)
    assert np.abs(changed.numpy() - np.stack(expected)).max() <= 2.0  # OpenCV rounds Cr and Cb on the way


def test_pictures_of_one_or_two_levels_are_equalized_as_opencv_does() -> None:
    for picture in (np.full((32, 32), 90, np.uint8), np.eye(32, dtype=np.uint8) * 200 + 20):
        levels = tf.constant(picture[np.newaxis], tf.int32)
        np.testing.assert_array_equal(equalized(levels)[0], cv2.equalizeHist(picture))


def test_each_equalization_gets_its_share_and_none_gets_both() -> None:
    greys = np.random.default_rng(0).integers(80, 160, (400, 16, 16, 1))  # no channel is clipped
    images = np.repeat(greys, 3, axis=3).astype(np.float32)
    levels = luminance(tf.constant(images))
    after = luminance(equalize_some(tf.constant(images), Augmentation(equalize=0.25, clahe=0.5), SEED)).numpy()

    def share(candidates: np.ndarray) -> float:
        return float((after == candidates).all(axis=(1, 2)).mean())

    shares = [share(candidate.numpy()) for candidate in (equalized(levels), clahe(levels), levels)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.07)
    assert sum(shares) == 1.0


def test_noise_is_gaussian_with_its_standard_deviation() -> None:
    grey = tf.fill((8, 64, 64, 3), 128.0)
    noise = add_noise(grey, Augmentation(noise=10.0), SEED).numpy() - 128.0
    assert noise.std() == pytest.approx(10.0, rel=0.01)
    assert noise.mean() == pytest.approx(0.0, abs=0.1)
    assert (np.abs(noise) < 10.0).mean() == pytest.approx(0.6827, abs=0.005)


def test_erasing_fills_one_rectangle_of_some_photographs_within_its_areas() -> None:
    grey = tf.fill((400, 64, 64, 3), 128.5)
    changed = erase(grey, Augmentation(erase=0.4, erase_area=(0.05, 0.3)), SEED).numpy() != 128.5
    assert changed.any(axis=(1, 2, 3)).mean() == pytest.approx(0.4, abs=0.07)
    aspects = []
    for mask in changed[changed.any(axis=(1, 2, 3))].all(axis=3):
        rows, columns = mask.any(axis=1).sum(), mask.any(axis=0).sum()
        assert mask.sum() == rows * columns  # a whole rectangle
        assert 0.05 * 64 * 64 - 64 <= mask.sum() <= 0.3 * 64 * 64 + 64  # sides are whole pixels
        aspects.append(rows / columns)
    assert 0.25 < min(aspects) < 0.5
    assert 2.0 < max(aspects) < 4.0
    # Every pixel gets bytes of its own, evenly over 0..255.
    filling = erase(grey, Augmentation(erase=1.0), SEED).numpy()
    filling = filling[filling != 128.5]
    assert filling.mean() == pytest.approx(127.5, abs=1.0)
    assert filling.std() == pytest.approx(73.9, abs=1.0)
