"""What the steps of a stage are fed: batches that are a pure function of (seed, epoch, step)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.data.loading import PhotographSet
from train.data.pipeline import epoch_order, steps_per_epoch, training_batches
from train.recipes import Recipe

Floats = npt.NDArray[np.float32]


class Feed(Protocol):
    """Endless batches.

    Attributes:
        steps: full batches of an epoch.
    """

    steps: int

    def batches(self, first_step: int) -> Iterator[tuple[Any, Any]]:
        """Yield (inputs, rows) from a step on, counted from the start of the stage; rows: (batch, classes) float32."""
        ...


class ImageFeed:
    """Moved photographs.

    Args:
        photographs: of the training split.
        recipe: batch size, augmentation, mixup.
        classes: number of labels.
        seed: of the stage.
    """

    def __init__(self, photographs: PhotographSet, recipe: Recipe, classes: int, seed: int) -> None:
        self.steps = steps_per_epoch(len(photographs), recipe.batch_size)
        self._photographs, self._recipe, self._classes, self._seed = photographs, recipe, classes, seed

    def batches(self, first_step: int) -> Iterator[tuple[Any, Any]]:
        """Yield images, (batch, height, width, 3) float32 within [-1, 1], and rows."""
        recipe = self._recipe
        made = training_batches(self._photographs, recipe.batch_size, recipe.augmentation, self._seed, first_step)
        for images, targets in made:
            yield images, tf.one_hot(targets, self._classes)


class FeatureFeed:
    """What a frozen backbone said about every photograph, in another order every epoch.

    Args:
        features: (photographs, width) float32.
        rows: (photographs, classes) float32.
        batch_size: photographs per step.
        seed: of the stage.
    """

    def __init__(self, features: Floats, rows: Floats, batch_size: int, seed: int) -> None:
        self.steps = steps_per_epoch(len(features), batch_size)
        self._features, self._rows, self._batch_size, self._seed = features, rows, batch_size, seed

    def batches(self, first_step: int) -> Iterator[tuple[Any, Any]]:
        """Yield features, (batch, width) float32, and rows."""
        step = first_step
        while True:
            epoch, place = divmod(step, self.steps)
            order = epoch_order(self._seed, epoch, len(self._features))
            chosen = order[place * self._batch_size : (place + 1) * self._batch_size]
            yield tf.constant(self._features[chosen]), tf.constant(self._rows[chosen])
            step += 1


def stage_seed(seed: int, stage: int) -> int:
    """Return the seed of a stage: 31 bits that share nothing with those of other stages and runs."""
    return int(np.random.SeedSequence((seed, stage)).generate_state(1)[0] >> 1)


def one_hot(targets: npt.NDArray[np.int64], classes: int) -> Floats:
    """Return (photographs, classes) float32 rows."""
    return np.eye(classes, dtype=np.float32)[targets]
