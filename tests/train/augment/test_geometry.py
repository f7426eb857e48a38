"""Promises of the geometry: within its bounds, one resampling, the same in OpenCV and in TensorFlow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from tests.pictures import photograph
from train.augment.augmentation import OFF, Augmentation
from train.augment.geometry import move, random_transforms, warp_pictures


def only(**strengths: float) -> Augmentation:
    return replace(OFF, **strengths)  # type: ignore[arg-type]


def noise_pictures(count: int = 64, size: int = 24) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.float32)


def moved(images: np.ndarray, augmentation: Augmentation, step: int = 0) -> np.ndarray:
    return np.asarray(move(tf.constant(images), augmentation, tf.constant([0, step])))


def test_flip_mirrors_about_half_of_the_photographs_exactly_and_leaves_the_others() -> None:
    images = noise_pictures(200)
    flipped = moved(images, only(flip=True))
    same = np.array([np.allclose(new, old, atol=0.01) for new, old in zip(flipped, images, strict=True)])
    mirrored = np.array([np.allclose(new, old[:, ::-1], atol=0.01) for new, old in zip(flipped, images, strict=True)])
    assert (same ^ mirrored).all()
    assert 70 <= mirrored.sum() <= 130


def test_translation_by_pixels_moves_content() -> None:
    image = np.zeros((1, 40, 40, 3), np.float32)
    image[0, 20, 20] = 255.0
    places = set()
    for step in range(20):
        y, x = np.unravel_index(moved(image, only(translate=0.2), step)[0, :, :, 0].argmax(), (40, 40))
        assert abs(x - 20) <= 9
        assert abs(y - 20) <= 9
        places.add((int(x), int(y)))
    assert len(places) > 10


@settings(max_examples=30, deadline=None)
@given(
    rotate=st.floats(0, 90),
    zoom=st.floats(0, 0.5),
    translate=st.floats(0, 0.5),
    flip=st.booleans(),
    step=st.integers(0, 999),
)
def test_every_movement_stays_within_its_bounds(
    rotate: float, zoom: float, translate: float, flip: bool, step: int
) -> None:
    augmentation = Augmentation(flip, rotate, zoom, translate)
    a, b, c, d, e, f, _, _ = random_transforms(50, 30, 40, augmentation, tf.constant([0, step])).numpy().T
    determinant = a * e - b * d
    if not flip:
        assert (determinant > 0).all()
    scale = np.sqrt(np.abs(determinant))
    assert (np.abs(scale - 1.0) <= zoom + 1e-4).all()
    angle = np.degrees(np.arctan2(d, e))
    assert (np.abs(angle) <= rotate + 0.01).all()
    center_x, center_y = 19.5, 14.5
    assert (np.abs(a * center_x + b * center_y + c - center_x) <= translate * 40 + 1e-3).all()
    assert (np.abs(d * center_x + e * center_y + f - center_y) <= translate * 30 + 1e-3).all()


@settings(max_examples=30, deadline=None)
@given(smallest=st.floats(0.05, 1.0), step=st.integers(0, 999))
def test_every_crop_lies_within_the_photograph_and_keeps_its_area_and_aspect(smallest: float, step: int) -> None:
    a, b, c, d, e, f, _, _ = random_transforms(50, 30, 40, only(crop=smallest), tf.constant([0, step])).numpy().T
    np.testing.assert_array_equal(b, 0.0)
    np.testing.assert_array_equal(d, 0.0)
    assert (a * e >= smallest - 1e-5).all()
    assert (a * e <= 1.0 + 1e-5).all()
    assert (a / e <= 4 / 3 + 1e-4).all()
    assert (a / e >= 3 / 4 - 1e-4).all()
    # The outer edges of the first and the last pixel, half a pixel from their centres.
    for scale, offset, side in ((a, c, 40), (e, f, 30)):
        assert (scale * -0.5 + offset >= -0.5 - 1e-3).all()
        assert (scale * (side - 0.5) + offset <= side - 0.5 + 1e-3).all()


def test_crops_reach_the_corners_and_vary_in_size() -> None:
    a, _, c, _, e, f, _, _ = random_transforms(2000, 100, 100, only(crop=0.25), tf.constant([0, 0])).numpy().T
    assert (a * e).min() < 0.27
    assert (a * e).max() > 0.98
    assert abs(float((a * e).mean()) - 0.625) < 0.02
    left, room = c + 0.5 - 0.5 * a, 100 * (1 - a)
    wide = room > 10
    assert (left[wide] / room[wide]).min() < 0.02
    assert (left[wide] / room[wide]).max() > 0.98
    assert np.corrcoef(c - 49.5 * (1 - a), f - 49.5 * (1 - e))[0, 1] < 0.1


def test_the_one_resampling_is_movement_after_crop() -> None:
    """Draws do not depend on the other strengths, so each half can be had alone, and their product is the whole."""

    def matrices(augmentation: Augmentation) -> np.ndarray:
        rows = random_transforms(20, 30, 40, augmentation, tf.constant([0, 4])).numpy()
        return np.concatenate([rows, np.ones((20, 1))], axis=1).reshape(20, 3, 3)

    whole = matrices(Augmentation(True, 90.0, 0.3, 0.2, crop=0.3))
    crop, movement = matrices(only(crop=0.3)), matrices(Augmentation(True, 90.0, 0.3, 0.2))
    np.testing.assert_allclose(whole, movement @ crop, atol=1e-4)


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    """What a picture shows is turned and not sheared: compared with numpy's rot90."""
    image = noise_pictures(1, 32)
    transforms = random_transforms(3000, 32, 32, only(rotate_degrees=90.0), tf.constant([0, 0])).numpy()
    angles = np.degrees(np.arctan2(transforms[:, 3], transforms[:, 4]))
    nearest = np.abs(np.abs(angles) - 90.0).argmin()
    assert abs(abs(angles[nearest]) - 90.0) < 0.1
    turned = warp_pictures(image.astype(np.uint8), transforms[nearest : nearest + 1])[0].astype(float)
    best = min(np.abs(turned - np.rot90(image[0], k)).mean() for k in (1, 3))
    assert best < 10.0  # a tenth of a degree off; noise pictures differ by 85 when they are not the same


def test_opencv_and_tensorflow_make_the_same_pixels() -> None:
    """They differ by OpenCV's rounding to whole levels: half a level."""
    images = np.stack([resize_rgb(photograph(number), Size(120, 90)) for number in range(12)])
    augmentation = Augmentation(rotate_degrees=40.0, zoom=0.4, translate=0.3, crop=0.5)
    seed = tf.constant([0, 7])
    by_tensorflow = move(tf.constant(images, tf.float32), augmentation, seed).numpy()
    by_opencv = warp_pictures(images, random_transforms(len(images), 90, 120, augmentation, seed).numpy())
    assert by_opencv.dtype == np.uint8
    apart = np.abs(by_opencv - by_tensorflow)
    assert apart.max() < 0.52
    assert abs(apart.mean() - 0.25) < 0.02  # what rounding costs on average
    assert math.isclose(by_opencv.mean(), by_tensorflow.mean(), abs_tol=0.01)  # and it is not biased
