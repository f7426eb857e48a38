"""The batches of a stage: streams that are a pure function of (seed, epoch, step)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.data.batches import epoch_order, steps_per_epoch, training_batches
from train.data.photograph_set import Photographs
from train.recipes import Recipe

Floats = npt.NDArray[np.float32]

OUTLIERS_PER_PHOTOGRAPH = 0.25
"""Pictures of anything else beside each photograph of a batch."""


class Batch(NamedTuple):
    """Tensors of one step.

    Attributes:
        inputs: (batch, height, width, 3) float32 within [-1, 1], or (batch, width) float32 features.
        rows: (batch, classes) float32, probabilities of the labels; an outlier's do not count.
        is_outlier: (batch,) bool, pictures of anything else.
        teacher: (batch, classes) float32, logits of a teacher; zeros without one.
    """

    inputs: Any
    rows: Any
    is_outlier: Any
    teacher: Any


class BatchStream(Protocol):
    """Endless batches.

    Attributes:
        steps_per_epoch: full batches of an epoch.
    """

    steps_per_epoch: int

    def batches(self, first_step: int) -> Iterator[Batch]:
        """Yield batches from a step on, counted from the start of the stage."""
        ...


class PhotographBatches:
    """Changed photographs.

    Args:
        photographs: of the training split.
        recipe: batch size, augmentation, mixup.
        classes: number of labels.
        seed: of the stage.
        views: see `training_batches`.
    """

    def __init__(self, photographs: Photographs, recipe: Recipe, classes: int, seed: int, views: int = 0) -> None:
        self.steps_per_epoch = steps_per_epoch(len(photographs), recipe.batch_size)
        self._photographs, self._recipe = photographs, recipe
        self._classes, self._seed, self._views = classes, seed, views

    def batches(self, first_step: int) -> Iterator[Batch]:
        """Yield batches of images."""
        recipe = self._recipe
        for images, rows in training_batches(
            self._photographs,
            recipe.batch_size,
            recipe.augmentation,
            self._seed,
            first_step,
            self._classes,
            recipe.mixup,
            self._views,
        ):
            yield _of_classes(images, rows)


class FeatureBatches:
    """What a frozen backbone said about every photograph, in another order every epoch.

    Args:
        features: (photographs, width) float32.
        rows: (photographs, classes) float32.
        batch_size: photographs per step.
        seed: of the stage.
    """

    def __init__(self, features: Floats, rows: Floats, batch_size: int, seed: int) -> None:
        self.steps_per_epoch = steps_per_epoch(len(features), batch_size)
        self._features, self._rows, self._batch_size, self._seed = features, rows, batch_size, seed

    def batches(self, first_step: int) -> Iterator[Batch]:
        """Yield batches of features."""
        step = first_step
        while True:
            epoch, place = divmod(step, self.steps_per_epoch)
            order = epoch_order(self._seed, epoch, len(self._features))
            chosen = order[place * self._batch_size : (place + 1) * self._batch_size]
            yield _of_classes(tf.constant(self._features[chosen]), tf.constant(self._rows[chosen]))
            step += 1


class WithOutliers:
    """Adds pictures of anything else to every batch; their share is the same in each.

    Args:
        stream: of the photographs of the classes; decides the length of an epoch.
        outliers: a stream of the others, with a batch size of its own.
    """

    def __init__(self, stream: BatchStream, outliers: BatchStream) -> None:
        self.steps_per_epoch = stream.steps_per_epoch
        self._stream, self._outliers = stream, outliers

    def batches(self, first_step: int) -> Iterator[Batch]:
        """Yield batches, the outliers last."""
        both = zip(self._stream.batches(first_step), self._outliers.batches(first_step), strict=True)
        for photographs, outliers in both:
            marked = outliers._replace(is_outlier=tf.ones_like(outliers.is_outlier))
            yield Batch(*(tf.concat(parts, axis=0) for parts in zip(photographs, marked, strict=True)))


class WithTeacher:
    """Adds what a teacher said about the very same pictures.

    Args:
        stream: whose batches begin again after `len(logits)` steps.
        logits: (steps, batch, classes) float32.
    """

    def __init__(self, stream: BatchStream, logits: Floats) -> None:
        self.steps_per_epoch = stream.steps_per_epoch
        self._stream, self._logits = stream, logits

    def batches(self, first_step: int) -> Iterator[Batch]:
        """Yield batches with the teacher's logits."""
        for number, batch in enumerate(self._stream.batches(first_step), start=first_step):
            yield batch._replace(teacher=tf.constant(self._logits[number % len(self._logits)]))


def outlier_batch_size(batch_size: int, replicas: int = 1) -> int:
    """Return how many pictures of anything else join a batch: every replica gets as many."""
    return replicas * max(1, round(batch_size * OUTLIERS_PER_PHOTOGRAPH / replicas))


def stage_seed(seed: int, stage: int) -> int:
    """Return the seed of a stage: 31 bits that share nothing with those of other stages and runs."""
    return int(np.random.SeedSequence((seed, stage)).generate_state(1)[0] >> 1)


def one_hot(targets: npt.NDArray[np.int64], classes: int) -> Floats:
    """Return (photographs, classes) float32 rows."""
    return np.eye(classes, dtype=np.float32)[targets]


def _of_classes(inputs: Any, rows: Any) -> Batch:
    return Batch(inputs, rows, tf.zeros(tf.shape(rows)[0], tf.bool), tf.zeros_like(rows))
