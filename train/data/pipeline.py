"""From the array of photographs to batches: shuffled and moved as a pure function of (seed, epoch, step)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.augment.geometric import GeometricAugmentation, augment_batch
from train.data.loading import PhotographSet


def steps_per_epoch(photographs: int, batch_size: int) -> int:
    """Return the full batches of an epoch; at least 1."""
    return max(1, photographs // batch_size)


def training_batches(
    photographs: PhotographSet, batch_size: int, augmentation: GeometricAugmentation, seed: int, first_step: int = 0
) -> Any:
    """Return endless batches: every epoch another order, every step other movements.

    Args:
        photographs: of the training split.
        batch_size: photographs per batch.
        augmentation: how they are moved.
        seed: of the run.
        first_step: where to go on, counted from the start of training.

    Returns:
        a `tf.data.Dataset` of (batch, height, width, 3) float32 within [-1, 1] and (batch,) int64.
    """
    count = len(photographs)
    steps = steps_per_epoch(count, batch_size)

    def gather(step: np.int64) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        epoch, place = divmod(int(step), steps)
        chosen = epoch_order(seed, epoch, count)[place * batch_size : (place + 1) * batch_size]
        return photographs.images_rgb[chosen], photographs.targets[chosen]

    def batch(step: Any) -> tuple[Any, Any]:
        images, targets = tf.numpy_function(gather, [step], (tf.uint8, tf.int64))
        images.set_shape((None, *photographs.images_rgb.shape[1:]))
        targets.set_shape((None,))
        moved = augment_batch(images, augmentation, tf.stack([tf.constant(seed, tf.int64), step]))
        return normalize(moved), targets

    steps_on = tf.data.Dataset.range(first_step, np.iinfo(np.int64).max)
    return steps_on.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)


def plain_batches(photographs: PhotographSet, batch_size: int) -> Any:
    """Return every photograph once, in order and unmoved; shapes and ranges as in `training_batches`."""

    def gather(start: np.int64) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        window = slice(int(start), int(start) + batch_size)
        return photographs.images_rgb[window], photographs.targets[window]

    def batch(start: Any) -> tuple[Any, Any]:
        images, targets = tf.numpy_function(gather, [start], (tf.uint8, tf.int64))
        images.set_shape((None, *photographs.images_rgb.shape[1:]))
        targets.set_shape((None,))
        return normalize(images), targets

    starts = tf.data.Dataset.range(0, len(photographs), batch_size)
    return starts.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def normalize(images: Any) -> Any:
    """Map 0..255 to [-1, 1] float32: what every network of ours takes inside."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


@lru_cache(maxsize=4)
def epoch_order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Return the order of an epoch: a permutation of 0..count-1."""
    return np.random.default_rng((seed, epoch)).permutation(count)
