"""Training: the head on cached features, then fine-tuning; or a whole network from scratch."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from edge_app.errors import DataError
from edge_app.progress import Progress, human_time
from train.data.loading import PhotographSet
from train.data.pipeline import normalize, plain_batches, steps_per_epoch, training_batches
from train.models import build_model
from train.models.freezing import freeze_below
from train.models.head import FEATURES_LAYER, HEAD_LAYER
from train.recipes import Recipe

BEST_CHECKPOINT = "best"
"""Name of the checkpoint with the lowest validation loss."""

_EVALUATION_BATCH = 64


@dataclass(frozen=True)
class Epoch:
    """One line of the history; losses are mean cross entropy in nats (with weight decay), accuracies 0..1."""

    stage: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    duration_s: float


@dataclass(frozen=True)
class Fitted:
    """A trained `tf_keras.Model` (the epoch with the lowest validation loss), and how it got there."""

    model: Any
    history: tuple[Epoch, ...]
    timings_s: Mapping[str, float]


def fit(
    recipe: Recipe,
    training: PhotographSet,
    validation: PhotographSet,
    classes: int,
    checkpoints: Path,
    weights: str = "imagenet",
    seed: int = 0,
) -> Fitted:
    """Train a recipe's network.

    Args:
        recipe: what and how.
        training: seen by the optimizer.
        validation: chooses the best epoch.
        classes: number of labels.
        checkpoints: folder; the best epoch is kept in it.
        weights: see `build_model`.
        seed: of initial weights, order, augmentation and dropout.

    Raises:
        DataError: the weights are not to be had, or training diverged.
    """
    keras.utils.set_random_seed(seed)
    model = build_model(recipe, classes, weights)
    trainer = _Trainer(recipe, training, validation, checkpoints / BEST_CHECKPOINT, seed)
    if recipe.architecture == "mobilenet_v2" and weights != "none":
        trainer.fit_head(model)
        if recipe.epochs:
            freeze_below(model, recipe.fine_tune_from)
            trainer.fit_images(model, "fine-tuning")
    else:
        trainer.fit_images(model, "training")
    model.load_weights(str(trainer.best_path)).expect_partial()
    return Fitted(model, tuple(trainer.history), trainer.timings_s)


class _Trainer:
    """Keeps what the stages share: photographs, history and the best checkpoint."""

    def __init__(
        self, recipe: Recipe, training: PhotographSet, validation: PhotographSet, best_path: Path, seed: int
    ) -> None:
        self.recipe = recipe
        self.training = training
        self.validation = validation
        self.best_path = best_path
        self.best_loss = math.inf
        self.seed = seed
        self.history: list[Epoch] = []
        self.timings_s: dict[str, float] = {}

    def fit_head(self, model: Any) -> None:
        """Train the head on features that the frozen backbone computes once."""
        start_s = time.monotonic()
        backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)
        features = _features(backbone, self.training, "features of training photographs")
        validation = _features(backbone, self.validation, "features of validation photographs")
        self.timings_s["features"] = time.monotonic() - start_s
        head = _head_alone(model, features.shape[1], self.recipe.dropout)
        epochs, batch = self.recipe.head_epochs, self.recipe.batch_size
        _compile(head, self.recipe.head_learning_rate, epochs * math.ceil(len(features) / batch))
        with Progress("head", epochs) as progress:
            keeper = _Keeper(self, "head", model, progress, 1)
            keeper.copies_from = head
            head.fit(
                features,
                self.training.targets,
                batch_size=batch,
                epochs=epochs,
                validation_data=(validation, self.validation.targets),
                verbose=0,
                callbacks=[keeper],
            )
        self.timings_s["head"] = time.monotonic() - start_s - self.timings_s["features"]
        model.load_weights(str(self.best_path)).expect_partial()

    def fit_images(self, model: Any, stage: str) -> None:
        """Train what is trainable on moved photographs."""
        start_s = time.monotonic()
        recipe = self.recipe
        steps = steps_per_epoch(len(self.training), recipe.batch_size)
        _compile(model, recipe.learning_rate, recipe.epochs * steps)
        with Progress(stage, recipe.epochs * steps) as progress:
            model.fit(
                training_batches(self.training, recipe.batch_size, recipe.augmentation, self.seed),
                steps_per_epoch=steps,
                epochs=recipe.epochs,
                validation_data=plain_batches(self.validation, _EVALUATION_BATCH),
                verbose=0,
                callbacks=[_Keeper(self, stage, model, progress, steps)],
            )
        self.timings_s[stage] = time.monotonic() - start_s


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # tf_keras has no types
    """Shows progress, writes the history, keeps the best epoch, and stops when nothing gets better."""

    def __init__(self, trainer: _Trainer, stage: str, model: Any, progress: Progress, steps: int) -> None:
        super().__init__()
        self._trainer = trainer
        self._stage = stage
        self._whole_model = model
        self._progress = progress
        self._steps = steps
        self._epoch = 0
        self._since_best = 0
        self._start_s = 0.0
        self.copies_from: Any = None

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch
        self._start_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._steps > 1:
            told = logs or {}
            detail = f"loss {told.get('loss', 0.0):.3f}, accuracy {told.get('accuracy', 0.0):.1%}"
            self._progress.reach(self._epoch * self._steps + batch + 1, detail)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        told = {name: float(value) for name, value in (logs or {}).items()}
        if not math.isfinite(told["loss"]) or not math.isfinite(told["val_loss"]):
            raise DataError(
                f"training diverged in epoch {epoch + 1} (loss {told['loss']}); use a lower --learning-rate"
            )
        duration_s = time.monotonic() - self._start_s
        row = Epoch(
            stage=self._stage,
            epoch=epoch + 1,
            loss=told["loss"],
            accuracy=told["accuracy"],
            val_loss=told["val_loss"],
            val_accuracy=told["val_accuracy"],
            duration_s=duration_s,
        )
        self._trainer.history.append(row)
        better = row.val_loss < self._trainer.best_loss
        self._since_best = 0 if better else self._since_best + 1
        if better:
            self._keep(row.val_loss)
        self._progress.reach((epoch + 1) * self._steps)
        self._progress.line(
            f"{self._stage} {row.epoch}: loss {row.loss:.3f}, accuracy {row.accuracy:.1%}; validation loss "
            f"{row.val_loss:.3f}, accuracy {row.val_accuracy:.1%}{' (best)' if better else ''}; "
            f"{human_time(duration_s)}"
        )
        if self._since_best >= self._trainer.recipe.patience:
            self.model.stop_training = True
            self._progress.line(f"{self._stage}: no better validation loss for {self._since_best} epochs, stopped")

    def _keep(self, loss: float) -> None:
        if self.copies_from is not None:
            weights = self.copies_from.get_layer(HEAD_LAYER).get_weights()
            self._whole_model.get_layer(HEAD_LAYER).set_weights(weights)
        self._trainer.best_loss = loss
        self._whole_model.save_weights(str(self._trainer.best_path))


def recipe_settings(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as JSON takes it."""
    return asdict(recipe)


def _compile(model: Any, learning_rate: float, steps: int) -> None:
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, max(1, steps))),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )


def _head_alone(model: Any, width: int, dropout: float) -> Any:
    """A copy of the head that takes features."""
    original = model.get_layer(HEAD_LAYER)
    inputs = keras.Input((width,))
    layer = keras.layers.Dense(original.units, activation="softmax", name=HEAD_LAYER)
    head = keras.Model(inputs, layer(keras.layers.Dropout(dropout)(inputs)))
    layer.set_weights(original.get_weights())
    return head


def _features(backbone: Any, photographs: PhotographSet, what: str) -> npt.NDArray[np.float32]:
    """(photographs, width) float32."""
    parts = []
    with Progress(what, len(photographs)) as progress:
        for start in range(0, len(photographs), _EVALUATION_BATCH):
            images = photographs.images_rgb[start : start + _EVALUATION_BATCH]
            parts.append(np.asarray(backbone.predict_on_batch(normalize(images))))
            progress.step(steps=len(images))
    return np.concatenate(parts)
