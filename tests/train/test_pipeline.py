"""Promises of the input pipeline: a pure function of (seed, epoch, step)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from train.augment.geometric import GeometricAugmentation
from train.data.loading import PhotographSet
from train.data.pipeline import epoch_order, plain_batches, steps_per_epoch, training_batches
from train.data.splits import SplitFile

STILL = GeometricAugmentation(False, 0.0, 0.0, 0.0)


@pytest.fixture
def photographs() -> PhotographSet:
    """Fifty one-coloured pictures; the colour is the number."""
    images = np.arange(50, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis] * np.ones((1, 8, 8, 3), np.uint8)
    files = tuple(SplitFile(f"{number}.png", "cat", "train", "") for number in range(50))
    return PhotographSet(files, images, np.arange(50, dtype=np.int64))


def take(batches: object, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(images.numpy(), targets.numpy()) for images, targets in itertools.islice(iter(batches), count)]  # type: ignore[call-overload]


def test_an_epoch_shows_every_photograph_at_most_once_and_the_next_one_in_another_order(
    photographs: PhotographSet,
) -> None:
    batches = take(training_batches(photographs, 8, STILL, seed=0), 12)
    first = np.concatenate([targets for _, targets in batches[:6]])
    second = np.concatenate([targets for _, targets in batches[6:]])
    assert len(set(first)) == len(first) == 48
    assert len(set(second)) == 48
    assert list(first) != list(second)


def test_pictures_and_targets_belong_together_and_are_normalized(photographs: PhotographSet) -> None:
    for images, targets in take(training_batches(photographs, 8, STILL, seed=0), 6):
        assert images.dtype == np.float32
        np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), targets / 127.5 - 1.0, atol=1e-6)


def test_going_on_at_a_step_gives_what_would_have_come(photographs: PhotographSet) -> None:
    moves = GeometricAugmentation()
    whole = take(training_batches(photographs, 8, moves, seed=5), 10)
    rest = take(training_batches(photographs, 8, moves, seed=5, first_step=7), 3)
    for (images, targets), (images_again, targets_again) in zip(whole[7:], rest, strict=True):
        np.testing.assert_array_equal(images, images_again)
        np.testing.assert_array_equal(targets, targets_again)


def test_plain_batches_show_every_photograph_once_in_order(photographs: PhotographSet) -> None:
    batches = take(plain_batches(photographs, 16), 10)
    assert list(np.concatenate([targets for _, targets in batches])) == list(range(50))


def test_fewer_photographs_than_a_batch_are_one_batch(photographs: PhotographSet) -> None:
    assert steps_per_epoch(5, 32) == 1
    ((_, targets),) = take(training_batches(photographs, 64, STILL, seed=0), 1)
    assert sorted(targets) == list(range(50))


def test_every_order_is_a_permutation() -> None:
    assert sorted(epoch_order(0, 3, 100)) == list(range(100))
    assert list(epoch_order(0, 3, 100)) != list(epoch_order(1, 3, 100))
