"""Promises of the input pipeline: a pure function of (seed, epoch, step)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from edge_app.common.errors import PhotographError
from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from tests.pictures import write_photographs
from train.augment.augmentation import OFF, Augmentation
from train.augment.in_place import augment_batch
from train.data.batches import epoch_order, photograph_fault, plain_batches, steps_per_epoch, training_batches
from train.data.loading import hash_files, load_photographs, stream_photographs
from train.data.photograph_set import PhotographSet, StreamedPhotographs
from train.data.splits import SplitFile


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
    batches = take(training_batches(photographs, 8, OFF, seed=0), 12)
    first = np.concatenate([targets for _, targets in batches[:6]])
    second = np.concatenate([targets for _, targets in batches[6:]])
    assert len(set(first)) == len(first) == 48
    assert len(set(second)) == 48
    assert list(first) != list(second)


def test_pictures_and_targets_belong_together_and_are_normalized(photographs: PhotographSet) -> None:
    for images, targets in take(training_batches(photographs, 8, OFF, seed=0), 6):
        assert images.dtype == np.float32
        np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), targets / 127.5 - 1.0, atol=1e-6)


def test_going_on_at_a_step_gives_what_would_have_come(photographs: PhotographSet) -> None:
    moves = Augmentation()
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
    ((_, targets),) = take(training_batches(photographs, 64, OFF, seed=0), 1)
    assert sorted(targets) == list(range(50))


def test_no_iterator_waits_at_its_end_for_a_round_of_tuning(photographs: PhotographSet) -> None:
    for batches in (training_batches(photographs, 4, OFF, 7), plain_batches(photographs, 4)):
        assert batches.options().autotune.enabled is False


def test_every_order_is_a_permutation() -> None:
    assert sorted(epoch_order(0, 3, 100)) == list(range(100))
    assert list(epoch_order(0, 3, 100)) != list(epoch_order(1, 3, 100))


def test_going_on_is_exact_with_everything_switched_on(photographs: PhotographSet) -> None:
    changes = Augmentation(crop=0.5, noise=5.0, brightness=0.2, hue=0.05, equalize=0.5, erase=0.5)
    images = np.random.default_rng(0).integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
    larger = replace(photographs, images_rgb=images)
    whole = take(training_batches(larger, 8, changes, seed=5, classes=50, mixup=0.4), 9)
    rest = take(training_batches(larger, 8, changes, seed=5, classes=50, mixup=0.4, first_step=7), 2)
    for (images, targets), (images_again, targets_again) in zip(whole[7:], rest, strict=True):
        np.testing.assert_array_equal(images, images_again)
        np.testing.assert_array_equal(targets, targets_again)


def test_targets_are_one_hot_where_classes_are_given(photographs: PhotographSet) -> None:
    places = take(training_batches(photographs, 8, OFF, seed=0), 3)
    one_hot = take(training_batches(photographs, 8, OFF, seed=0, classes=50), 3)
    for (images, targets), (images_too, rows) in zip(places, one_hot, strict=True):
        np.testing.assert_array_equal(images, images_too)
        np.testing.assert_array_equal(rows, np.eye(50, dtype=np.float32)[targets])
    ((_, rows),) = take(plain_batches(photographs, 64, classes=50), 1)
    np.testing.assert_array_equal(rows, np.eye(50, dtype=np.float32))


def test_mixup_mixes_pictures_and_targets_in_one_proportion(photographs: PhotographSet) -> None:
    """The colour of a picture is its number: that of a mixed one is the mean of the numbers that its target names."""
    ((images, rows),) = take(training_batches(photographs, 16, OFF, seed=0, classes=50, mixup=1.0), 1)
    levels = (images.mean(axis=(1, 2, 3)) + 1.0) * 127.5
    np.testing.assert_allclose(levels, rows @ np.arange(50), atol=1e-3)
    assert ((rows > 0).sum(axis=1) == 2).all()
    with pytest.raises(ValueError, match="mixup needs one-hot targets"):
        training_batches(photographs, 16, OFF, seed=0, mixup=1.0)


def test_batches_are_those_of_augment_batch_to_the_rounding_of_the_resampling(photographs: PhotographSet) -> None:
    moves = Augmentation(crop=0.5, brightness=0.2)
    images = np.random.default_rng(0).integers(0, 200, (50, 32, 32, 3), dtype=np.uint8)
    ((batch, _),) = take(training_batches(replace(photographs, images_rgb=images), 8, moves, 3, first_step=2), 1)
    chosen = epoch_order(3, 0, 50)[16:24]
    expected = augment_batch(images[chosen], moves, np.array([3, 2])).numpy()
    assert np.abs((batch + 1.0) * 127.5 - expected).max() < 0.65  # half a level times the brightness


@pytest.fixture
def streamed(tmp_path: Path) -> tuple[StreamedPhotographs, PhotographSet]:
    """Thirty photographs, from files and from memory."""
    root = write_photographs(tmp_path / "photos", 15)
    folder = find_photographs(root)
    files = hash_files(folder)[0]
    from_files, skipped = stream_photographs(root, files, folder.labels, Size(64, 48))
    in_memory, skipped_too = load_photographs(root, files, folder.labels, Size(64, 48))
    assert skipped == skipped_too == []
    return from_files, in_memory


def test_photographs_from_files_make_the_batches_of_those_in_memory(
    streamed: tuple[StreamedPhotographs, PhotographSet],
) -> None:
    from_files, in_memory = streamed
    moves = Augmentation(noise=3.0)
    for make in (
        lambda photographs: take(training_batches(photographs, 8, moves, seed=1), 6),
        lambda photographs: take(plain_batches(photographs, 8), 9),
    ):
        for (images, targets), (images_too, targets_too) in zip(make(from_files), make(in_memory), strict=True):
            np.testing.assert_array_equal(images, images_too)
            np.testing.assert_array_equal(targets, targets_too)
    assert len(from_files) == len(in_memory) == 30
    assert from_files.picture_shape == in_memory.picture_shape == (48, 64, 3)


def test_evaluation_takes_photographs_from_files(streamed: tuple[StreamedPhotographs, PhotographSet]) -> None:
    from train.evaluation.evaluate import evaluate_split

    class Redness:
        def __call__(self, images: np.ndarray) -> np.ndarray:
            red = 0.5 + 0.4 * np.asarray(images)[..., 0].mean(axis=(1, 2))
            return np.stack([red, 1.0 - red], axis=1)

    one, two = (evaluate_split(Redness(), photographs, 2, "some") for photographs in streamed)
    np.testing.assert_array_equal(one.probabilities, two.probabilities)


def test_broken_files_are_told_when_they_are_found_and_when_they_break_later(tmp_path: Path) -> None:
    for number in range(8):
        path = tmp_path / ("a" if number % 2 else "b") / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(path), np.full((9, 9, 3), 20 * number, np.uint8))
    (tmp_path / "b" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    folder = find_photographs(tmp_path)
    photographs, skipped = stream_photographs(tmp_path, hash_files(folder)[0], folder.labels, Size(32, 32))
    assert len(photographs) == 7
    assert len(skipped) == 1
    assert "2.png` is cut short" in skipped[0]
    (tmp_path / "a" / "3.png").unlink()
    with pytest.raises(tf.errors.OpError) as caught:
        take(training_batches(photographs, 7, OFF, seed=0), 1)
    told = photograph_fault(caught.value)
    assert isinstance(told, PhotographError)
    assert str(told) == f"`{tmp_path / 'a' / '3.png'}` cannot be read: no such file or directory"
    assert photograph_fault(ValueError("something else")) is None
