"""Promises of augmentation: a function of its seed, within its bounds, nothing else changed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from train.augment.geometric import GeometricAugmentation, augment_batch, random_transforms

OFF = GeometricAugmentation(flip=False, rotate_degrees=0.0, zoom=0.0, translate=0.0)


def photographs(count: int = 64, size: int = 24) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.float32)


def test_the_same_seed_moves_the_same_way_and_another_one_does_not() -> None:
    images, settings_ = photographs(), GeometricAugmentation()
    one, two = (augment_batch(images, settings_, tf.constant([3, 7])).numpy() for _ in range(2))
    other = augment_batch(images, settings_, tf.constant([3, 8])).numpy()
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).mean() > 5.0


def test_everything_off_changes_nothing() -> None:
    images = photographs()
    np.testing.assert_array_equal(augment_batch(images, OFF, tf.constant([0, 0])).numpy(), images)


def test_flip_mirrors_about_half_of_the_photographs_exactly_and_leaves_the_others() -> None:
    images = photographs(200)
    flipped = augment_batch(images, GeometricAugmentation(True, 0.0, 0.0, 0.0), tf.constant([1, 1])).numpy()
    same = np.array([np.allclose(new, old, atol=0.01) for new, old in zip(flipped, images, strict=True)])
    mirrored = np.array([np.allclose(new, old[:, ::-1], atol=0.01) for new, old in zip(flipped, images, strict=True)])
    assert (same ^ mirrored).all()
    assert 70 <= mirrored.sum() <= 130


def test_translation_by_pixels_moves_content() -> None:
    image = np.zeros((1, 40, 40, 3), np.float32)
    image[0, 20, 20] = 255.0
    for step in range(20):
        settings_ = GeometricAugmentation(False, 0.0, 0.0, 0.2)
        moved = augment_batch(image, settings_, tf.constant([0, step])).numpy()[0, :, :, 0]
        y, x = np.unravel_index(moved.argmax(), moved.shape)
        assert abs(x - 20) <= 9
        assert abs(y - 20) <= 9


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
    augmentation = GeometricAugmentation(flip, rotate, zoom, translate)
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


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    """What a picture shows is turned and not sheared: compared with numpy's rot90."""
    image = photographs(1, 32)
    settings_ = GeometricAugmentation(False, 90.0, 0.0, 0.0)
    best = math.inf
    for step in range(300):
        transform = random_transforms(1, 32, 32, settings_, tf.constant([0, step])).numpy()[0]
        angle = math.degrees(math.atan2(transform[3], transform[4]))
        if abs(abs(angle) - 90.0) < 0.5:
            turned = augment_batch(image, settings_, tf.constant([0, step])).numpy()[0]
            best = min(best, *(np.abs(turned - np.rot90(image[0], k)).mean() for k in (1, 3)))
    assert best < 25.0  # half a degree off; noise pictures differ by 85 when they are not the same


def test_impossible_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"within 0\.\.1"):
        GeometricAugmentation(zoom=1.5)
