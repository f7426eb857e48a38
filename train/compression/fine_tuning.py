"""Training a finished network a little further, stage by stage."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tf_keras as keras

from edge_app.common.errors import DataError
from edge_app.common.progress import Progress, human_time
from train.augment.augmentation import Augmentation
from train.compression.stage import Prepared
from train.data.batches import plain_batches, steps_per_epoch, training_batches
from train.data.loading import Photographs
from train.fitting.fit import Epoch

_EVALUATION_BATCH = 64


@dataclass(frozen=True, eq=False)
class Material:
    """What every stage trains with.

    Attributes:
        training: seen by the optimizer.
        validation: chooses the best epoch.
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
    prepared: Prepared, stage: str, material: Material, epochs: int, learning_rate: float, epochs_before: int = 0
) -> tuple[Any, list[Epoch]]:
    """Train by Adam on cross entropy; the rate falls to zero along a cosine.

    Penalties and label smoothing of the run are not used: they shape a network that is being made, not one that is
    being kept.

    Args:
        prepared: the network, wrapped.
        stage: its name in the history.
        material: what to train with.
        epochs: how many.
        learning_rate: at its peak.
        epochs_before: of earlier stages: order and augmentation go on from there.

    Returns:
        the network of the epoch with the lowest validation loss, wrappers taken off, and the history.

    Raises:
        DataError: training diverged.
    """
    steps = material.steps_per_epoch
    model = prepared.model
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, epochs * steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    with Progress(stage, epochs * steps) as progress:
        keeper = _Keeper(stage, progress, steps, prepared.first_epoch)
        model.fit(
            training_batches(
                material.training, material.batch_size, material.augmentation, material.seed, epochs_before * steps
            ),
            steps_per_epoch=steps,
            epochs=epochs,
            validation_data=plain_batches(material.validation, _EVALUATION_BATCH),
            verbose=0,
            callbacks=[*prepared.callbacks, keeper],
        )
    keeper.restore(model)
    return prepared.finish(model), keeper.history


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # tf_keras has no types
    """Shows progress, writes the history and keeps the weights of the best epoch in memory."""

    def __init__(self, stage: str, progress: Progress, steps: int, first_epoch: int) -> None:
        super().__init__()
        self.history: list[Epoch] = []
        self._stage = stage
        self._progress = progress
        self._steps = steps
        self._first_epoch = first_epoch
        self._best_loss = math.inf
        self._best: list[Any] = []
        self._start_s = 0.0

    def restore(self, model: Any) -> None:
        """Put the weights of the best epoch back."""
        for variable, value in zip(model.weights, self._best, strict=True):
            variable.assign(value)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._start_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        told = logs or {}
        detail = f"loss {told.get('loss', 0.0):.3f}, accuracy {told.get('accuracy', 0.0):.1%}"
        self._progress.reach(len(self.history) * self._steps + batch + 1, detail)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        told = {name: float(value) for name, value in (logs or {}).items()}
        if not math.isfinite(told["loss"]) or not math.isfinite(told["val_loss"]):
            raise DataError(
                f"{self._stage} diverged in epoch {epoch + 1} (loss {told['loss']}); use a lower --learning-rate"
            )
        row = Epoch(
            stage=self._stage,
            epoch=epoch + 1,
            loss=told["loss"],
            accuracy=told["accuracy"],
            val_loss=told["val_loss"],
            val_accuracy=told["val_accuracy"],
            duration_s=time.monotonic() - self._start_s,
        )
        self.history.append(row)
        counts = row.epoch >= self._first_epoch
        better = counts and row.val_loss < self._best_loss
        if better:
            self._best_loss = row.val_loss
            self._best = [variable.numpy() for variable in self.model.weights]
        self._progress.line(
            f"{self._stage} {row.epoch}: loss {row.loss:.3f}, accuracy {row.accuracy:.1%}; validation loss "
            f"{row.val_loss:.3f}, accuracy {row.val_accuracy:.1%}"
            f"{' (best)' if better else '' if counts else ' (not there yet)'}; {human_time(row.duration_s)}"
        )
