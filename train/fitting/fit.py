"""Training in stages: the head on cached features, then fine-tuning; or a whole network from scratch.

Order, augmentation, mixup and dropout are pure functions of (seed, stage, epoch, step), and everything else that an
epoch depends on is in `TrainingState`. So a run that is killed and resumed ends with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from train.evaluation.confidence import fit_temperature
from train.evaluation.evaluate import log_loss_and_accuracy
from train.evaluation.inference import inference, run_over
from train.fitting.batch_streams import Batch
from train.fitting.compute import Compute, is_chief, make_strategy, precision
from train.fitting.loop import Epoch, StageLimits, Validation, train_stage
from train.fitting.losses import Objective, balanced_weights
from train.fitting.optimizers import optimizer_groups, optimizer_state, restore_optimizers
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.soup import begin_soup, finish_soup, keep_member, soup_sentence
from train.fitting.stages import FROM_SCRATCH, Stage, StageInputMaker, StageInputs, TrainingData, stages_of
from train.fitting.steps import Stepper, two_way_logits
from train.models import build_model
from train.models.freezing import freeze_backbone, rate_factors, unfreeze
from train.models.head import two_way
from train.models.input_layers import fit_input_statistics
from train.recipes import Recipe

_STAGE_OF_CLOCK = 1 << 40  # steps: dropout of one stage repeats nothing of another

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FittedNetwork:
    """A trained network, and how it got there.

    Attributes:
        model: a `tf_keras.Model`: the epoch with the lowest calibrated validation loss, without validation the last.
        history: a row per epoch.
        timings_s: by what the time was spent on, see `edge_app.model.training_time`.
        statistics: what the first layers were fitted to, see `InputStatistics.to_json`; None: there are none.
        soup: calibrated validation losses of its members and of their average, and which was kept; None: no soup.
    """

    model: Any
    history: tuple[Epoch, ...]
    timings_s: Mapping[str, float]
    statistics: Mapping[str, Any] | None = None
    soup: Mapping[str, Any] | None = None


def fit(
    recipe: Recipe,
    data: TrainingData,
    unfinished: UnfinishedRun,
    state: TrainingState,
    weights: str = "imagenet",
    seed: int = 0,
    compute: Compute | None = None,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> FittedNetwork:
    """Train a recipe's network.

    Args:
        recipe: what and how.
        data: photographs, and what else teaches.
        unfinished: keeps the state after every epoch.
        state: to go on from; see `UnfinishedRun.begin`.
        weights: see `build_model`.
        seed: of initial weights, order, augmentation, mixup and dropout.
        compute: devices and precision.
        on_epoch: called after every epoch.

    Raises:
        DataError: the weights are not available, or training diverged.
        UsageError: the recipe asks for something impossible.
    """
    compute = compute or Compute()
    strategy = make_strategy(compute, recipe.batch_size)  # first: logical devices are made before anything else
    keras.utils.set_random_seed(seed)
    with strategy.scope(), precision(compute):
        trainer = _StageTrainer(recipe, data, unfinished, state, weights, seed, compute, strategy, on_epoch)
        for number, stage in enumerate(stages_of(recipe, weights)):
            if number >= state.stage:
                trainer.train(number, stage)
    model = build_model(recipe, data.classes, "none")
    model.set_weights(state.best_weights)
    history = tuple(Epoch(**row) for row in state.history)
    return FittedNetwork(two_way(model), history, state.timings_s, trainer.statistics, state.soup or None)


class _StageTrainer:
    """Trains stage by stage; `state` is always that of the last completed epoch.

    The network's last layer gives logits here; artifacts get the softmax.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        unfinished: UnfinishedRun,
        state: TrainingState,
        weights: str,
        seed: int,
        compute: Compute,
        strategy: Any,
        on_epoch: Callable[[Epoch], None],
    ) -> None:
        self._recipe, self._data, self._compute, self._strategy = recipe, data, compute, strategy
        self._unfinished, self._state, self._on_epoch = unfinished, state, on_epoch
        self._inputs = StageInputMaker(recipe, data, unfinished, seed, strategy.num_replicas_in_sync, self._add_time)
        self._clock = tf.Variable(
            0, trainable=False, dtype=tf.int64, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        if recipe.input_statistics != "none":
            print(f"fitting input statistics ({recipe.input_statistics})", flush=True)
        statistics = fit_input_statistics(recipe.input_statistics, data.training)
        self.statistics = None if statistics is None else statistics.to_json()
        self._model = build_model(recipe, data.classes, weights, statistics, self._clock, seed)
        self._model.layers[-1].activation = keras.activations.linear
        if state.weights:
            self._model.set_weights(state.weights)

    def train(self, number: int, stage: Stage) -> None:
        """Train until the stage's end, or until nothing gets better; leave the best weights in the network."""
        state, start_s = self._state, time.monotonic()
        earlier_s = state.timings_s.get(stage.name, 0.0)
        if stage.soup_member == 1:
            begin_soup(state, self._model.get_weights())
        self._choose_trainable(stage)
        learner = self._learner(number, stage)

        def save(epoch: Epoch) -> None:
            state.timings_s[stage.name] = earlier_s + time.monotonic() - start_s
            state.optimizer = learner.optimizer_state()
            self._save()
            self._on_epoch(epoch)

        train_stage(StageLimits(stage.name, stage.epochs, self._recipe.patience), learner, state, save)
        self._finish_stage(stage, learner)

    def _choose_trainable(self, stage: Stage) -> None:
        if stage.on_features:
            freeze_backbone(self._model)
        elif stage.name != FROM_SCRATCH:
            unfreeze(self._model, self._recipe)

    def _learner(self, number: int, stage: Stage) -> _StageLearner:
        inputs = self._inputs.make(number, stage, self._model)
        steps = inputs.stream.steps_per_epoch
        stepper = self._stepper(stage, inputs.network, steps)
        batches = inputs.stream.batches(self._state.epoch * steps)
        targets = self._data.validation.targets
        return _StageLearner(self._model, stepper, batches, inputs, targets, number * _STAGE_OF_CLOCK)

    def _stepper(self, stage: Stage, network: Any, steps_per_epoch: int) -> Stepper:
        recipe, steps = self._recipe, stage.epochs * steps_per_epoch
        warmup_steps, factors = round(recipe.warmup_epochs * steps_per_epoch), rate_factors(self._model, recipe)
        groups = optimizer_groups(self._model, recipe, stage.learning_rate, steps, warmup_steps, factors)
        if self._state.optimizer:
            restore_optimizers(groups, self._state.optimizer)
        taught = self._data.teacher is not None and not stage.on_features
        objective = Objective(
            label_smoothing=recipe.label_smoothing,
            teacher_share=recipe.teacher_share if taught else 0.0,
            teacher_temperature=recipe.teacher_temperature,
            class_weights=self._class_weights(),
        )
        return Stepper(network, self._model, groups, objective, self._clock, self._strategy, self._compute.xla)

    def _class_weights(self) -> tuple[float, ...]:
        data = self._data
        return balanced_weights(data.training.targets, data.classes) if self._recipe.class_weights == "balanced" else ()

    def _finish_stage(self, stage: Stage, learner: _StageLearner) -> None:
        """The next stage begins with the best weights, another optimizer and new patience."""
        state = self._state
        if stage.soup_member:
            keep_member(state)
        if stage.soup_member and stage.soup_member == stage.soup_size:
            finish_soup(state, learner.loss_of)
            print(f"soup: {soup_sentence(state.soup)}", flush=True)
        state.stage, state.epoch, state.since_best, state.optimizer = state.stage + 1, 0, 0, []
        state.weights = state.best_weights
        self._model.set_weights(state.weights)
        self._save()

    def _save(self) -> None:
        if is_chief():
            self._unfinished.save(self._state)

    def _add_time(self, what: str, spent_s: float) -> None:
        self._state.timings_s[what] = self._state.timings_s.get(what, 0.0) + spent_s


class _StageLearner:
    """Takes the steps of one stage, and validates with the temperature that suits the logits best.

    Args:
        model: the whole network.
        stepper: moves its weights.
        batches: from the next step on.
        inputs: of the stage.
        targets: (photographs,) places of the true labels of the validation photographs.
        first_clock: of the stage; dropout depends on it.
    """

    def __init__(
        self,
        model: Any,
        stepper: Stepper,
        batches: Iterator[Batch],
        inputs: StageInputs,
        targets: npt.NDArray[np.int64],
        first_clock: int,
    ) -> None:
        self.steps_per_epoch = inputs.stream.steps_per_epoch
        self._model, self._stepper, self._batches = model, stepper, batches
        self._validation, self._targets, self._first_clock = inputs.validation, targets, first_clock
        self._forward = inference(inputs.network)

    def step(self, number: int) -> tuple[float, float]:
        """Learn from the next batch."""
        return self._stepper.step(next(self._batches), self._first_clock + number)

    def validate(self) -> Validation | None:
        """Measure on the validation photographs; None: there are none.

        The temperature of the artifact is fitted in the end: an epoch must not lose because it is too confident or,
        with a teacher, too modest.
        """
        if not len(self._validation):
            return None
        logits = np.asarray(two_way_logits(run_over(self._forward, self._validation)))
        loss, accuracy = log_loss_and_accuracy(logits, self._targets)
        if not math.isfinite(loss):
            return Validation(loss, accuracy)
        temperature = fit_temperature(logits, self._targets)
        return Validation(loss, accuracy, log_loss_and_accuracy(logits / temperature, self._targets)[0])

    def weights(self) -> list[Array]:
        """Return copies of all weights."""
        return list(self._model.get_weights())

    def loss_of(self, weights: Sequence[Array]) -> float:
        """Return the calibrated validation loss of the network with other weights, nats."""
        self._model.set_weights(weights)
        validation = self.validate() or Validation(math.nan, math.nan)
        return validation.loss if validation.calibrated_loss is None else validation.calibrated_loss

    def optimizer_state(self) -> list[Array]:
        """Return the variables of all optimizers."""
        return optimizer_state(self._stepper.groups)
