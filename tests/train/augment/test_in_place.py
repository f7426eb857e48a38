"""Promises of in-place augmentation: a function of its seed, independent draws, nothing where nothing is asked."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from edge_app.common.errors import UsageError
from train.augment.augmentation import OFF, Augmentation
from train.augment.draws import chance, uniform
from train.augment.in_place import augment_batch, augment_pixels

EVERYTHING = Augmentation(
    crop=0.5,
    noise=6.0,
    brightness=0.2,
    contrast=0.2,
    saturation=0.3,
    hue=0.05,
    equalize=0.3,
    clahe=0.3,
    erase=0.5,
)


def pictures(count: int = 16, size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.float32)


def test_the_same_seed_changes_the_same_way_and_another_one_does_not() -> None:
    one, two = (augment_batch(pictures(), EVERYTHING, tf.constant([3, 7])).numpy() for _ in range(2))
    np.testing.assert_array_equal(one, two)
    for other in ([3, 8], [4, 7]):
        assert np.abs(one - augment_batch(pictures(), EVERYTHING, tf.constant(other)).numpy()).mean() > 5.0


def test_in_a_graph_the_pixels_are_those_of_eager_execution() -> None:
    graph = tf.function(lambda images, seed: augment_batch(images, EVERYTHING, seed))
    seed = tf.constant([3, 7], tf.int64)
    apart = np.abs(graph(pictures(), seed).numpy() - augment_batch(pictures(), EVERYTHING, seed).numpy())
    assert apart.max() < 0.01


def test_shape_dtype_and_range_stay() -> None:
    for dtype in (np.uint8, np.float32):
        changed = augment_batch(pictures()[:, :24].astype(dtype), EVERYTHING, tf.constant([0, 0]))
        assert changed.shape == (16, 24, 32, 3)
        assert changed.dtype == tf.float32
        assert changed.numpy().min() >= 0.0
        assert changed.numpy().max() <= 255.0


def test_everything_off_changes_nothing() -> None:
    assert OFF.is_off
    np.testing.assert_array_equal(augment_batch(pictures(), OFF, tf.constant([0, 0])).numpy(), pictures())


def test_copies_of_one_photograph_in_a_batch_are_changed_independently() -> None:
    copies = np.repeat(pictures(1), 8, axis=0)
    for strengths in (
        {"rotate_degrees": 20.0},
        {"noise": 5.0},
        {"brightness": 0.3},
        {"erase": 1.0},
        {"crop": 0.3},
    ):
        augmentation = Augmentation(
            **{"flip": False, "rotate_degrees": 0.0, "zoom": 0.0, "translate": 0.0, **strengths}
        )  # type: ignore[arg-type]
        changed = augment_batch(copies, augmentation, tf.constant([0, 1])).numpy()
        assert len({image.tobytes() for image in changed}) == 8, strengths


def test_switching_one_change_on_leaves_the_draws_of_the_others() -> None:
    """A grey picture shows brightness alone: noise, added later, is zero on average."""
    grey = np.full((12, 32, 32, 3), 100.0, np.float32)
    alone = Augmentation(flip=False, brightness=0.3)
    with_noise = Augmentation(flip=False, brightness=0.3, noise=4.0, erase=0.0001)
    seed = tf.constant([0, 5])
    one = augment_batch(grey, alone, seed).numpy().mean(axis=(1, 2, 3))
    two = augment_batch(grey, with_noise, seed).numpy().mean(axis=(1, 2, 3))
    assert one.std() > 5.0
    np.testing.assert_allclose(one, two, atol=0.4)


def test_geometry_elsewhere_and_pixels_here_are_the_whole() -> None:
    from train.augment.geometry import move

    seed = tf.constant([0, 9])
    moved = move(tf.constant(pictures()), EVERYTHING, seed)
    whole = augment_batch(pictures(), EVERYTHING, seed).numpy()
    np.testing.assert_array_equal(augment_pixels(moved, EVERYTHING, seed).numpy(), whole)


def test_streams_are_independent_and_rows_do_not_depend_on_the_size_of_the_batch() -> None:
    seed = tf.constant([1, 2])
    geometry, colour = (uniform(seed, stream, 4000, 1).numpy()[:, 0] for stream in ("geometry", "colour"))
    assert abs(np.corrcoef(geometry, colour)[0, 1]) < 0.05
    assert geometry.min() < -0.99
    assert geometry.max() > 0.99
    np.testing.assert_array_equal(chance(seed, "noise", 5, 3).numpy(), chance(seed, "noise", 50, 3).numpy()[:5])


@pytest.mark.parametrize(
    ("strengths", "sentence"),
    [
        ({"zoom": 1.5}, r"augmentation needs zoom from 0 to 0.95, received 1.5"),
        ({"rotate_degrees": -1.0}, r"rotation in degrees from 0 to 180, received -1.0"),
        ({"crop": 0.0}, r"crop from 0.01 to 1, received 0.0"),
        ({"hue": 0.6}, r"hue from 0 to 0.5, received 0.6"),
        ({"noise": float("nan")}, r"noise from 0 to 255, received nan"),
        ({"equalize": 0.6, "clahe": 0.6}, r"no photograph is equalized twice: .* 0.6 and 0.6"),
        ({"erase_area": (0.4, 0.1)}, r"the smaller one first, received 0.4 and 0.1; try 0.02 and 0.33"),
    ],
)
def test_impossible_strengths_are_refused_in_a_sentence(strengths: dict[str, float], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Augmentation(**strengths)  # type: ignore[arg-type]


def test_one_photograph_without_its_batch_is_refused() -> None:
    with pytest.raises(UsageError, match=r"received \(32, 32, 3\); for one photograph give `image\[None\]`"):
        augment_batch(pictures()[0], Augmentation(), tf.constant([1, 2]))
