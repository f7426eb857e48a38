"""From photographs to batches: shuffled, moved and mixed as a pure function of (seed, epoch, step)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_app.common.errors import PhotographError
from edge_app.model.runtime import usable_cores
from train.augment.augmentation import Augmentation
from train.augment.geometry import random_transforms, warp_pictures
from train.augment.in_place import augment_pixels
from train.augment.mixup import mixup_batch
from train.data.photograph_set import Photographs

_BROKEN_LATER = re.compile(r"PhotographError: (?P<sentence>`.*)")


def steps_per_epoch(photographs: int, batch_size: int) -> int:
    """Return the full batches of an epoch; at least 1."""
    return max(1, photographs // batch_size)


def training_batches(
    photographs: Photographs,
    batch_size: int,
    augmentation: Augmentation,
    seed: int,
    first_step: int = 0,
    classes: int = 0,
    mixup: float = 0.0,
    views: int = 0,
) -> Any:
    """Return endless batches: every epoch another order, every step other changes.

    Decoding and the one resampling of the geometry are done by OpenCV, several batches at once; the same draws as in
    `augment_batch`, rounded to whole levels after the resampling. Everything else is done by TensorFlow.

    Args:
        photographs: of the training split, in memory or in files.
        batch_size: photographs per batch.
        augmentation: how they are changed.
        seed: of the run.
        first_step: where to go on, counted from the start of training.
        classes: how many; targets are one-hot then. 0: targets are places.
        mixup: alpha of `mixup_batch`; 0: off. Needs `classes`.
        views: how many different epochs there are before they begin again; 0: each is another.

    Returns:
        a `tf.data.Dataset` of (batch, height, width, 3) float32 within [-1, 1] and (batch,) int64, or (batch, classes)
        float32.

    Raises:
        ValueError: mixup without classes: places cannot be mixed.
    """
    if mixup and not classes:
        raise ValueError("mixup needs one-hot targets: give the number of classes")
    count = len(photographs)
    steps = steps_per_epoch(count, batch_size)
    height, width, _ = photographs.picture_shape

    def gather(step: np.int64, transforms: npt.NDArray[np.float32]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        epoch, place = divmod(int(step), steps)
        chosen = epoch_order(seed, epoch, count)[place * batch_size : (place + 1) * batch_size]
        images = photographs.pictures(chosen)
        return warp_pictures(images, transforms) if augmentation.moves else images, photographs.targets[chosen]

    def batch(step: Any) -> tuple[Any, Any]:
        step = step % (views * steps) if views else step
        step_seed = tf.stack([tf.constant(seed, tf.int64), step])
        transforms = random_transforms(min(batch_size, count), height, width, augmentation, step_seed)
        images, targets = _gathered(gather, (step, transforms), photographs, classes)
        changed, targets = mixup_batch(augment_pixels(images, augmentation, step_seed), targets, mixup, step_seed)
        return normalize(changed), targets

    return _made_ahead(tf.data.Dataset.range(first_step, np.iinfo(np.int64).max), batch, ahead=4)


def plain_batches(photographs: Photographs, batch_size: int, classes: int = 0) -> Any:
    """Return every photograph once, in order and unchanged; shapes, ranges and `classes` as in `training_batches`."""
    count = len(photographs)

    def gather(start: np.int64) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        chosen = np.arange(start, min(int(start) + batch_size, count))
        return photographs.pictures(chosen), photographs.targets[chosen]

    def batch(start: Any) -> tuple[Any, Any]:
        images, targets = _gathered(gather, (start,), photographs, classes)
        return normalize(images), targets

    return _made_ahead(tf.data.Dataset.range(0, count, batch_size), batch, ahead=2)


def _made_ahead(numbers: Any, batch: Callable[[Any], Any], ahead: int) -> Any:
    """Make the batch of every number, on all cores and before it is asked for.

    Without TensorFlow's tuning of the pipeline: an iterator that has it sometimes takes until the next round of tuning
    to end, up to a minute, and every epoch ends one.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return numbers.map(batch, num_parallel_calls=usable_cores()).prefetch(ahead).with_options(options)


def normalize(images: Any) -> Any:
    """Map 0..255 to [-1, 1] float32: what every network of ours takes inside."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def photograph_fault(error: Exception) -> PhotographError | None:
    """Return what TensorFlow wrapped into an error of its own: a file that broke while it was streamed."""
    match = _BROKEN_LATER.search(str(error))
    return PhotographError(match["sentence"]) if match else None


@lru_cache(maxsize=4)
def epoch_order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Return the order of an epoch: a permutation of 0..count-1."""
    return np.random.default_rng((seed, epoch)).permutation(count)


def _gathered(gather: Any, arguments: tuple[Any, ...], photographs: Photographs, classes: int) -> tuple[Any, Any]:
    """Call Python from the graph, and say what shapes it returns."""
    images, targets = tf.numpy_function(gather, arguments, (tf.uint8, tf.int64))
    images.set_shape((None, *photographs.picture_shape))
    targets.set_shape((None,))
    return images, tf.one_hot(targets, classes) if classes else targets
