"""Training a finished network a little further, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import tf_keras as keras

from train.augment.augmentation import Augmentation
from train.compression.stage import WrappedNetwork
from train.data.batches import plain_batches, steps_per_epoch, training_batches
from train.data.photograph_set import Photographs
from train.fitting.loop import Epoch, StageLimits, Validation, train_stage
from train.fitting.resume import TrainingState

_EVALUATION_BATCH = 64


@dataclass(frozen=True, eq=False)
class FineTuningData:
    """What every stage trains with.

    Attributes:
        training: photographs that the optimizer sees.
        validation: photographs that choose the best epoch.
        augmentation: of training photographs.
        batch_size: photographs per step.
        seed: of order, augmentation and dropout.
    """

    training: Photographs
    validation: Photographs
    augmentation: Augmentation
    batch_size: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Return the full batches of an epoch."""
        return steps_per_epoch(len(self.training), self.batch_size)


def fine_tune(
    wrapped: WrappedNetwork, stage: str, data: FineTuningData, epochs: int, learning_rate: float, epochs_before: int = 0
) -> tuple[Any, list[Epoch]]:
    """Train by Adam on cross entropy; the rate falls to zero along a cosine.

    Penalties and label smoothing of the run are not used: they shape a network that is being made, not one that is
    being kept.

    Args:
        wrapped: the network.
        stage: its name in the history.
        data: what to train with.
        epochs: how many.
        learning_rate: at its peak.
        epochs_before: of earlier stages: order and augmentation go on from there.

    Returns:
        the network of the epoch with the lowest validation loss, wrappers taken off, and the history.

    Raises:
        DataError: training diverged.
    """
    state = TrainingState()
    limits = StageLimits(stage, epochs, first_eligible_epoch=wrapped.first_eligible_epoch)
    train_stage(limits, _KerasLearner(wrapped, data, epochs, learning_rate, epochs_before), state)
    wrapped.model.set_weights(state.best_weights)
    return wrapped.finish(wrapped.model), [Epoch(**row) for row in state.history]


class _KerasLearner:
    """Takes the steps by Keras' own training step, as the wrappers of tensorflow-model-optimization expect it."""

    def __init__(
        self, wrapped: WrappedNetwork, data: FineTuningData, epochs: int, learning_rate: float, epochs_before: int
    ) -> None:
        self.steps_per_epoch = data.steps_per_epoch
        steps = epochs * self.steps_per_epoch
        self._model = wrapped.model
        self._model.compile(
            optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps)),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=["accuracy"],
        )
        first_step = epochs_before * self.steps_per_epoch
        self._batches = iter(training_batches(data.training, data.batch_size, data.augmentation, data.seed, first_step))
        self._validation = plain_batches(data.validation, _EVALUATION_BATCH)
        self._callbacks = keras.callbacks.CallbackList(wrapped.callbacks, model=self._model)
        self._callbacks.on_train_begin()

    def step(self, number: int) -> tuple[float, float]:
        """Learn from the next batch."""
        self._callbacks.on_train_batch_begin(number % self.steps_per_epoch)
        images, targets = next(self._batches)
        measured = self._model.train_on_batch(images, targets, return_dict=True)
        return float(measured["loss"]), float(measured["accuracy"])

    def validate(self) -> Validation:
        """Measure on the validation photographs; the end of the epoch makes the wrappers mask once more."""
        measured = self._model.evaluate(self._validation, verbose=0, return_dict=True)
        self._callbacks.on_epoch_end(0)
        return Validation(float(measured["loss"]), float(measured["accuracy"]))

    def weights(self) -> list[npt.NDArray[Any]]:
        """Return copies of all weights."""
        return list(self._model.get_weights())
