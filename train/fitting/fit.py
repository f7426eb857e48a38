"""Training in stages: the head on cached features, then fine-tuning; or a whole network from scratch.

Order, augmentation, mixup and dropout are pure functions of (seed, stage, epoch, step), and everything else that an
epoch depends on is in `State`. So a run that is killed and resumed ends with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import DataError
from edge_app.common.progress import Progress, human_time
from train.data.loading import Photographs
from train.evaluation.confidence import fit_temperature
from train.evaluation.inference import inference, run_over
from train.fitting.compute import Compute, is_chief, make_strategy, precision
from train.fitting.feeds import (
    Batch,
    FeatureFeed,
    Feed,
    ImageFeed,
    WithOutliers,
    WithTeacher,
    one_hot,
    outlier_batch_size,
    stage_seed,
)
from train.fitting.optimizers import optimizer_groups, optimizer_state, restore_optimizers
from train.fitting.resume import State, UnfinishedRun
from train.fitting.soup import begin_soup, put_aside, serve, soup_sentence
from train.fitting.steps import Objective, Stepper, two_way_logits
from train.fitting.teacher import Teacher, teach
from train.models import build_model
from train.models.freezing import freeze_backbone, rate_factors, unfreeze
from train.models.head import FEATURES_LAYER, two_way
from train.models.input_layers import fit_input_statistics
from train.models.registry import architecture_of
from train.recipes import Recipe

FROM_SCRATCH = "training"
"""Name of the only stage of a network without pretrained weights."""

_STAGE_OF_CLOCK = 1 << 40  # steps: dropout of one stage repeats nothing of another

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """A stretch of epochs with one optimizer.

    Attributes:
        name: in the history.
        epochs: at most.
        learning_rate: at its peak.
        on_features: whether only the head is trained, on what the frozen backbone says.
        member: place in a soup, from 1; 0: the stage belongs to none.
        of: members of that soup.
    """

    name: str
    epochs: int
    learning_rate: float
    on_features: bool = False
    member: int = 0
    of: int = 0


@dataclass(frozen=True)
class Epoch:
    """One line of the history; losses are means in nats, accuracies 0..1.

    `val_calibrated_loss` is the validation loss once the logits are divided by the temperature that suits them best, as
    they are in the artifacts; None: not measured.
    """

    stage: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    duration_s: float
    val_calibrated_loss: float | None = None

    @property
    def chosen_by(self) -> float:
        """The loss whose lowest epoch is kept."""
        return self.val_loss if self.val_calibrated_loss is None else self.val_calibrated_loss


@dataclass(frozen=True)
class Fitted:
    """A trained network, and how it got there.

    Attributes:
        model: a `tf_keras.Model`: the epoch with the lowest calibrated validation loss.
        history: a row per epoch.
        timings_s: by what it was spent on.
        statistics: what the first layers were fitted to, see `InputStatistics.to_json`; None: there are none.
        soup: calibrated validation losses of its members and of their average, and which was kept; None: no soup.
    """

    model: Any
    history: tuple[Epoch, ...]
    timings_s: Mapping[str, float]
    statistics: Mapping[str, Any] | None = None
    soup: Mapping[str, Any] | None = None


def stages_of(recipe: Recipe, weights: str) -> tuple[Stage, ...]:
    """Return what is trained after what; without pretrained weights everything learns from the start."""
    if not architecture_of(recipe).starts_pretrained(weights):
        return (Stage(FROM_SCRATCH, recipe.epochs, recipe.learning_rate),)
    head = Stage("head", recipe.head_epochs, recipe.head_learning_rate, on_features=True)
    top = Stage("fine-tuning", recipe.epochs, recipe.learning_rate)
    tops = [top]
    if recipe.soup > 1:
        members = range(1, recipe.soup + 1)
        tops = [replace(top, name=f"{top.name} {member}", member=member, of=recipe.soup) for member in members]
    return tuple(stage for stage in (head, *tops) if stage.epochs)


@dataclass(frozen=True)
class Material:
    """What a network is trained on.

    Attributes:
        training: seen by the optimizer.
        validation: chooses the best epoch.
        classes: number of labels.
        outliers: pictures of anything else, that the optimizer sees too.
        teacher: a finished run to learn from.
        for_teacher: the training photographs at the teacher's input size, in the same order.
    """

    training: Photographs
    validation: Photographs
    classes: int
    outliers: Photographs | None = None
    teacher: Teacher | None = None
    for_teacher: Photographs | None = None


def fit(
    recipe: Recipe,
    material: Material,
    unfinished: UnfinishedRun,
    state: State,
    weights: str = "imagenet",
    seed: int = 0,
    compute: Compute | None = None,
    tell: Callable[[Epoch], None] = lambda _: None,
) -> Fitted:
    """Train a recipe's network.

    Args:
        recipe: what and how.
        material: photographs, and what else teaches.
        unfinished: keeps the state after every epoch.
        state: to go on from; see `UnfinishedRun.begin`.
        weights: see `build_model`.
        seed: of initial weights, order, augmentation, mixup and dropout.
        compute: devices and precision.
        tell: called after every epoch.

    Raises:
        DataError: the weights are not to be had, or training diverged.
        UsageError: the recipe asks for what cannot be.
    """
    compute = compute or Compute()
    strategy = make_strategy(compute, recipe.batch_size)  # first: logical devices are made before anything else
    keras.utils.set_random_seed(seed)
    with strategy.scope(), precision(compute):
        trainer = _Trainer(recipe, material, unfinished, state, weights, seed, compute, strategy, tell)
        for number, stage in enumerate(stages_of(recipe, weights)):
            if number >= state.stage:
                trainer.run(number, stage)
    model = build_model(recipe, material.classes, "none")
    model.set_weights(state.best_weights)
    history = tuple(Epoch(**row) for row in state.history)
    return Fitted(two_way(model), history, state.timings_s, trainer.statistics, state.soup or None)


class _Trainer:
    """Runs stages; `state` is always that of the last completed epoch.

    The network's last layer gives logits here; artifacts get the softmax.
    """

    def __init__(
        self,
        recipe: Recipe,
        material: Material,
        unfinished: UnfinishedRun,
        state: State,
        weights: str,
        seed: int,
        compute: Compute,
        strategy: Any,
        tell: Callable[[Epoch], None],
    ) -> None:
        self._recipe, self._material, self._seed, self._compute = recipe, material, seed, compute
        self._unfinished, self._state, self._strategy, self._tell = unfinished, state, strategy, tell
        self._rows = one_hot(material.validation.targets, material.classes)
        self._clock = tf.Variable(
            0, trainable=False, dtype=tf.int64, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        if recipe.input_statistics != "none":
            print(f"fitting input statistics ({recipe.input_statistics})", flush=True)
        statistics = fit_input_statistics(recipe.input_statistics, material.training)
        self.statistics = None if statistics is None else statistics.to_json()
        self._model = build_model(recipe, material.classes, weights, statistics, self._clock, seed)
        self._model.layers[-1].activation = keras.activations.linear
        if state.weights:
            self._model.set_weights(state.weights)

    def run(self, number: int, stage: Stage) -> None:
        """Train until the stage's end, or until nothing gets better; leave the best weights in the network."""
        begin_s, before_s = time.monotonic(), self._state.timings_s.get(stage.name, 0.0)
        if stage.member == 1:
            begin_soup(self._state, self._model.get_weights())
        self._choose_trainable(stage)
        feed, network, look = self._parts(number, stage)
        stepper = self._stepper(stage, feed, network)
        batches = feed.batches(self._state.epoch * feed.steps)
        with Progress(stage.name, stage.epochs * feed.steps) as progress:
            progress.reach(self._state.epoch * feed.steps)
            while self._state.epoch < stage.epochs and self._state.since_best < self._recipe.patience:
                row = self._run_epoch(number, stage, stepper, batches, feed.steps, progress)
                self._record(row, look, progress)
                self._state.timings_s[stage.name] = before_s + time.monotonic() - begin_s
                self._keep(stepper)
        self._end_stage(stage, look)

    def _run_epoch(
        self, number: int, stage: Stage, stepper: Stepper, batches: Iterator[Batch], steps: int, progress: Progress
    ) -> Epoch:
        """Move the weights through one epoch; the columns of validation come later."""
        start_s, done = time.monotonic(), self._state.epoch * steps
        losses, right = 0.0, 0.0
        for step in range(steps):
            loss, share = stepper.step(next(batches), number * _STAGE_OF_CLOCK + done + step)
            losses, right = losses + loss, right + share
            detail = f"loss {losses / (step + 1):.3f}, accuracy {right / (step + 1):.1%}"
            progress.reach(done + step + 1, detail)
        return Epoch(
            stage=stage.name,
            epoch=self._state.epoch + 1,
            loss=losses / steps,
            accuracy=right / steps,
            val_loss=math.nan,
            val_accuracy=math.nan,
            duration_s=time.monotonic() - start_s,
        )

    def _record(self, trained: Epoch, look: Callable[[], Floats], progress: Progress) -> None:
        """Look at the validation photographs, and move the state on."""
        logits = look()
        val_loss, val_accuracy = judge_logits(logits, self._rows)
        row = replace(trained, val_loss=val_loss, val_accuracy=val_accuracy)
        if not math.isfinite(row.loss) or not math.isfinite(row.val_loss):
            raise DataError(f"training diverged in epoch {row.epoch} (loss {row.loss}); use a lower --learning-rate")
        # The temperature is fitted in the end: an epoch must not lose because it is too sure or, taught, too modest.
        row = replace(row, val_calibrated_loss=self._calibrated_loss(logits))
        state = self._state
        better = row.chosen_by < state.best_loss
        state.epoch, state.since_best = row.epoch, 0 if better else state.since_best + 1
        state.weights = self._model.get_weights()
        if better:
            state.best_loss, state.best_weights = row.chosen_by, state.weights
        state.history.append(asdict(row))
        self._tell(row)
        progress.line(
            f"{row.stage} {row.epoch}: loss {row.loss:.3f}, accuracy {row.accuracy:.1%}; validation loss "
            f"{row.val_loss:.3f}, calibrated {row.chosen_by:.3f}, accuracy {row.val_accuracy:.1%}"
            f"{' (best)' if better else ''}; {human_time(row.duration_s)}"
        )
        if state.since_best >= self._recipe.patience:
            progress.line(f"{row.stage}: no better validation loss for {state.since_best} epochs, stopped")

    def _keep(self, stepper: Stepper) -> None:
        self._state.optimizer = optimizer_state(stepper.groups)
        if is_chief():
            self._unfinished.save(self._state)

    def _end_stage(self, stage: Stage, look: Callable[[], Floats]) -> None:
        """The next stage begins with the best weights, another optimizer and new patience."""
        state = self._state
        if stage.member:
            put_aside(state)
        if stage.member and stage.member == stage.of:
            serve(state, lambda weights: self._loss_of(weights, look))
            print(f"soup: {soup_sentence(state.soup)}", flush=True)
        state.stage, state.epoch, state.since_best, state.optimizer = state.stage + 1, 0, 0, []
        state.weights = state.best_weights
        self._model.set_weights(state.weights)
        if is_chief():
            self._unfinished.save(state)

    def _loss_of(self, weights: Sequence[Any], look: Callable[[], Floats]) -> float:
        """Return the calibrated validation loss of the network with some weights, nats."""
        self._model.set_weights(weights)
        return self._calibrated_loss(look())

    def _calibrated_loss(self, logits: Floats) -> float:
        temperature = fit_temperature(logits, self._material.validation.targets)
        return judge_logits(logits / temperature, self._rows)[0]

    def _choose_trainable(self, stage: Stage) -> None:
        if stage.on_features:
            freeze_backbone(self._model)
        elif stage.name != FROM_SCRATCH:
            unfreeze(self._model, self._recipe)

    def _parts(self, number: int, stage: Stage) -> tuple[Feed, Any, Callable[[], Floats]]:
        """Return what feeds the stage, the network that learns, and how to get the logits of validation photographs."""
        seed, material = stage_seed(self._seed, number), self._material
        if not stage.on_features:
            return self._image_feed(seed), self._model, self._look(self._model, material.validation)
        features = self._features("training", material.training)
        rows = one_hot(material.training.targets, material.classes)
        feed: Feed = FeatureFeed(features, rows, self._recipe.batch_size, seed)
        if material.outliers is not None:
            others = self._features("outlier", material.outliers)
            nothing = np.zeros((len(others), material.classes), np.float32)
            feed = WithOutliers(feed, FeatureFeed(others, nothing, self._outlier_batch, seed))
        head = keras.Model(self._model.get_layer(FEATURES_LAYER).output, self._model.output)
        return feed, head, self._look(head, self._features("validation", material.validation))

    def _image_feed(self, seed: int) -> Feed:
        recipe, material = self._recipe, self._material
        taught = material.teacher is not None and material.for_teacher is not None
        feed: Feed = ImageFeed(material.training, recipe, material.classes, seed, recipe.views if taught else 0)
        if material.teacher is not None and material.for_teacher is not None:
            start_s = time.monotonic()
            answers = teach(material.teacher, material.for_teacher, recipe, material.classes, seed, self._unfinished)
            self._spent("teacher", time.monotonic() - start_s)
            feed = WithTeacher(feed, answers)
        if material.outliers is not None:
            others = replace(recipe, batch_size=self._outlier_batch, mixup=0.0)
            feed = WithOutliers(feed, ImageFeed(material.outliers, others, material.classes, seed))
        return feed

    @property
    def _outlier_batch(self) -> int:
        return outlier_batch_size(self._recipe.batch_size, self._strategy.num_replicas_in_sync)

    def _stepper(self, stage: Stage, feed: Feed, network: Any) -> Stepper:
        recipe = self._recipe
        warmup_steps = round(recipe.warmup_epochs * feed.steps)
        factors = rate_factors(self._model, recipe)
        groups = optimizer_groups(
            self._model, recipe, stage.learning_rate, stage.epochs * feed.steps, warmup_steps, factors
        )
        if self._state.optimizer:
            restore_optimizers(groups, self._state.optimizer)
        taught = self._material.teacher is not None and not stage.on_features
        objective = Objective(
            label_smoothing=recipe.label_smoothing,
            teacher_share=recipe.teacher_share if taught else 0.0,
            teacher_temperature=recipe.teacher_temperature,
        )
        return Stepper(network, self._model, groups, objective, self._clock, self._strategy, self._compute.xla)

    def _features(self, what: str, photographs: Photographs) -> Floats:
        """What the frozen backbone says, computed once: (photographs, width) float32."""

        def compute() -> Floats:
            start_s = time.monotonic()
            backbone = keras.Model(self._model.input, self._model.get_layer(FEATURES_LAYER).output)
            found = run_over(backbone, photographs, f"features of {what} photographs")
            self._spent("features", time.monotonic() - start_s)
            return found

        return np.asarray(self._unfinished.cached(f"features-{what}", compute), np.float32)

    def _spent(self, what: str, spent_s: float) -> None:
        self._state.timings_s[what] = self._state.timings_s.get(what, 0.0) + spent_s

    def _look(self, network: Any, inputs: Photographs | Floats) -> Callable[[], Floats]:
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
