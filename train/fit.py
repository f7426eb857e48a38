"""Training in stages: the head on cached features, then fine-tuning; or a whole network from scratch.

Order, augmentation, mixup and dropout are pure functions of (seed, stage, epoch, step), and everything else that an
epoch depends on is in `State`. So a run that is killed and resumed ends with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from edge_app.errors import DataError
from edge_app.progress import Progress, human_time
from train.compute import Compute, is_chief, make_strategy, precision
from train.data.loading import PhotographSet
from train.feeds import FeatureFeed, Feed, ImageFeed, one_hot, stage_seed
from train.inference import inference, run_over
from train.models import build_model
from train.models.mobilenet_v2 import FEATURES_LAYER, freeze_below
from train.optimizers import optimizer_groups, optimizer_state, restore_optimizers
from train.recipes import Recipe
from train.resume import State, UnfinishedRun
from train.steps import Stepper, two_way_logits

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """A stretch of epochs with one optimizer.

    Attributes:
        name: in the history.
        epochs: at most.
        learning_rate: at its peak.
        on_features: whether only the head is trained, on what the frozen backbone says.
        first_trainable: layer of the backbone from which on the network learns; empty: everything learns.
    """

    name: str
    epochs: int
    learning_rate: float
    on_features: bool = False
    first_trainable: str = ""


@dataclass(frozen=True)
class Epoch:
    """One line of the history; losses are means in nats, accuracies 0..1."""

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


def stages_of(recipe: Recipe, weights: str) -> tuple[Stage, ...]:
    """Return what is trained after what; without pretrained weights everything learns from the start."""
    if not recipe.pretrained or (weights == "none" and recipe.architecture != "hub"):
        return (Stage("training", recipe.epochs, recipe.learning_rate),)
    head = Stage("head", recipe.head_epochs, recipe.head_learning_rate, on_features=True)
    top = Stage("fine-tuning", recipe.epochs, recipe.learning_rate, first_trainable=recipe.fine_tune_from)
    return tuple(stage for stage in (head, top) if stage.epochs)


def fit(
    recipe: Recipe,
    training: PhotographSet,
    validation: PhotographSet,
    classes: int,
    unfinished: UnfinishedRun,
    state: State,
    weights: str = "imagenet",
    seed: int = 0,
    compute: Compute | None = None,
) -> Fitted:
    """Train a recipe's network.

    Args:
        recipe: what and how.
        training: seen by the optimizer.
        validation: chooses the best epoch.
        classes: number of labels.
        unfinished: keeps the state after every epoch.
        state: to go on from; see `UnfinishedRun.begin`.
        weights: see `build_model`.
        seed: of initial weights, order, augmentation, mixup and dropout.
        compute: devices and precision.

    Raises:
        DataError: the weights are not to be had, or training diverged.
    """
    compute = compute or Compute()
    strategy = make_strategy(compute, recipe.batch_size)  # first: logical devices are made before anything else
    keras.utils.set_random_seed(seed)
    with strategy.scope(), precision(compute):
        trainer = _Trainer(recipe, training, validation, classes, unfinished, state, weights, seed, compute, strategy)
        for number, stage in enumerate(stages_of(recipe, weights)):
            if number >= state.stage:
                trainer.run(number, stage)
    model = build_model(recipe, classes, "none")
    model.set_weights(state.best_weights)
    history = tuple(Epoch(**row) for row in state.history)
    return Fitted(model, history, state.timings_s)


class _Trainer:
    """Runs stages; `state` is always that of the last completed epoch.

    The network's last layer gives logits here; artifacts get the softmax.
    """

    def __init__(
        self,
        recipe: Recipe,
        training: PhotographSet,
        validation: PhotographSet,
        classes: int,
        unfinished: UnfinishedRun,
        state: State,
        weights: str,
        seed: int,
        compute: Compute,
        strategy: Any,
    ) -> None:
        self._recipe, self._classes, self._seed, self._compute = recipe, classes, seed, compute
        self._training, self._validation = training, validation
        self._unfinished, self._state, self._strategy = unfinished, state, strategy
        self._rows = one_hot(validation.targets, classes)
        self._model = build_model(recipe, classes, weights)
        self._model.layers[-1].activation = keras.activations.linear
        if state.weights:
            self._model.set_weights(state.weights)

    def run(self, number: int, stage: Stage) -> None:
        """Train until the stage's end, or until nothing gets better; leave the best weights in the network."""
        begin_s, before_s = time.monotonic(), self._state.timings_s.get(stage.name, 0.0)
        self._choose_trainable(stage)
        feed, network, look = self._parts(number, stage)
        stepper = self._stepper(stage, feed, network)
        batches = feed.batches(self._state.epoch * feed.steps)
        with Progress(stage.name, stage.epochs * feed.steps) as progress:
            progress.reach(self._state.epoch * feed.steps)
            while self._state.epoch < stage.epochs and self._state.since_best < self._recipe.patience:
                self._run_epoch(stage, stepper, batches, look, progress)
                self._state.timings_s[stage.name] = before_s + time.monotonic() - begin_s
                self._keep(stepper)
        self._end_stage()

    def _run_epoch(
        self, stage: Stage, stepper: Stepper, batches: Any, look: Callable[[], Floats], progress: Progress
    ) -> None:
        start_s, epoch = time.monotonic(), self._state.epoch
        losses, right = 0.0, 0.0
        for step in range(stepper.steps):
            loss, share = stepper.step(*next(batches))
            losses, right = losses + loss, right + share
            detail = f"loss {losses / (step + 1):.3f}, accuracy {right / (step + 1):.1%}"
            progress.reach(epoch * stepper.steps + step + 1, detail)
        val_loss, val_accuracy = judge_logits(look(), self._rows)
        row = Epoch(
            stage=stage.name,
            epoch=epoch + 1,
            loss=losses / stepper.steps,
            accuracy=right / stepper.steps,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            duration_s=time.monotonic() - start_s,
        )
        self._record(row, progress)

    def _record(self, row: Epoch, progress: Progress) -> None:
        if not math.isfinite(row.loss) or not math.isfinite(row.val_loss):
            raise DataError(f"training diverged in epoch {row.epoch} (loss {row.loss}); use a lower --learning-rate")
        state = self._state
        better = row.val_loss < state.best_loss
        state.epoch, state.since_best = row.epoch, 0 if better else state.since_best + 1
        state.weights = self._model.get_weights()
        if better:
            state.best_loss, state.best_weights = row.val_loss, state.weights
        state.history.append(asdict(row))
        progress.line(
            f"{row.stage} {row.epoch}: loss {row.loss:.3f}, accuracy {row.accuracy:.1%}; validation loss "
            f"{row.val_loss:.3f}, accuracy {row.val_accuracy:.1%}{' (best)' if better else ''}; "
            f"{human_time(row.duration_s)}"
        )
        if state.since_best >= self._recipe.patience:
            progress.line(f"{row.stage}: no better validation loss for {state.since_best} epochs, stopped")

    def _keep(self, stepper: Stepper) -> None:
        self._state.optimizer = optimizer_state(stepper.groups)
        if is_chief():
            self._unfinished.save(self._state)

    def _end_stage(self) -> None:
        """The next stage begins with the best weights, another optimizer and new patience."""
        state = self._state
        state.stage, state.epoch, state.since_best, state.optimizer = state.stage + 1, 0, 0, []
        state.weights = state.best_weights
        self._model.set_weights(state.weights)
        if is_chief():
            self._unfinished.save(state)

    def _choose_trainable(self, stage: Stage) -> None:
        if stage.on_features or stage.first_trainable:
            freeze_below(self._model, None if stage.on_features else stage.first_trainable)

    def _parts(self, number: int, stage: Stage) -> tuple[Feed, Any, Callable[[], Floats]]:
        """Return what feeds the stage, the network that learns, and how to get the logits of validation photographs."""
        seed, recipe = stage_seed(self._seed, number), self._recipe
        if not stage.on_features:
            feed: Feed = ImageFeed(self._training, recipe, self._classes, seed)
            return feed, self._model, self._look(self._model, self._validation.images_rgb)
        features = self._features("training", self._training)
        validation = self._features("validation", self._validation)
        head = keras.Model(self._model.get_layer(FEATURES_LAYER).output, self._model.output)
        feed = FeatureFeed(features, one_hot(self._training.targets, self._classes), recipe.batch_size, seed)
        return feed, head, self._look(head, validation)

    def _stepper(self, stage: Stage, feed: Feed, network: Any) -> Stepper:
        warmup_steps = round(self._recipe.warmup_epochs * feed.steps)
        steps = stage.epochs * feed.steps
        groups = optimizer_groups(self._model, self._recipe, stage.learning_rate, steps, warmup_steps, {})
        if self._state.optimizer:
            restore_optimizers(groups, self._state.optimizer)
        return Stepper(network, self._model, groups, feed.steps, self._recipe, self._strategy, self._compute.xla)

    def _features(self, what: str, photographs: PhotographSet) -> Floats:
        """What the frozen backbone says, computed once: (photographs, width) float32."""

        def compute() -> Floats:
            start_s = time.monotonic()
            backbone = keras.Model(self._model.input, self._model.get_layer(FEATURES_LAYER).output)
            found = run_over(backbone, photographs.images_rgb, f"features of {what} photographs")
            spent_s = self._state.timings_s.get("features", 0.0) + time.monotonic() - start_s
            self._state.timings_s["features"] = spent_s
            return found

        return np.asarray(self._unfinished.cached(f"features-{what}", compute), np.float32)

    def _look(self, network: Any, inputs: npt.NDArray[Any]) -> Callable[[], Floats]:
        """Return a function that gives the network's logits for all inputs."""
        forward = inference(network)
        return lambda: np.asarray(two_way_logits(run_over(forward, inputs)))


def judge_logits(logits: Floats, rows: Floats) -> tuple[float, float]:
    """Return the log loss in nats and the accuracy.

    Args:
        logits: (photographs, classes).
        rows: (photographs, classes), one-hot.
    """
    exact = logits.astype(np.float64)
    shifted = exact - exact.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-(rows * log_p).sum(axis=1).mean()), float((exact.argmax(axis=1) == rows.argmax(axis=1)).mean())
