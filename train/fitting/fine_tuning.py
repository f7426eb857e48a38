"""Fine-tuning that starts from a linear head, and is kept only if it lowers the log loss on photographs left out.

Each fold of the head's cross-validation is left out once more: a network that starts from the head of the other folds
is fine-tuned on them and judges the fold. If all folds together are judged better than by the heads alone, a network
that starts from the head of all photographs is fine-tuned on all of them in the same way. If not even the first fold
is, the others are not tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.confidence import log_softmax
from edge_app.teaching.head import CrossValidation, LinearHead, fit_linear_head
from train.data.batches import steps_per_epoch
from train.data.photograph_set import Photographs, SelectedPhotographs
from train.evaluation.confidence import logits_of
from train.evaluation.evaluate import log_loss_and_accuracy
from train.fitting.compute import Compute
from train.fitting.fit import FittedNetwork, fit
from train.fitting.linear_head import FittedHead
from train.fitting.loop import Epoch
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.stages import TrainingData, stages_of
from train.models.head import HEAD_LAYER
from train.models.registry import recipes
from train.recipes import Recipe

Floats = npt.NDArray[np.float64]

LEAST_STEPS = 120
"""Of a fine-tuning from a linear head: three epochs of 500 photographs are 45, and stop too early."""


@dataclass(frozen=True)
class FineTuning:
    """What fine-tuning came to, on photographs left out.

    Attributes:
        kept: whether the network is the fine-tuned one.
        head_log_loss: of the head alone, nats.
        log_loss: fine-tuned, nats.
        head_accuracy: of the head alone, 0..1.
        accuracy: fine-tuned, 0..1.
        folds: that were tried.
        all_folds: how many there are.
    """

    kept: bool
    head_log_loss: float
    log_loss: float
    head_accuracy: float
    accuracy: float
    folds: int
    all_folds: int

    def __str__(self) -> str:
        where = "on photographs left out" if self.folds == self.all_folds else "on the first fold"
        losses = f"{self.head_log_loss:.3f} with the linear head alone and {self.log_loss:.3f} fine-tuned"
        outcome = "kept" if self.kept else "tried and not kept"
        return f"fine-tuning was {outcome}: the log loss {where} is {losses}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def for_few_photographs(recipe: Recipe, photographs: int) -> Recipe:
    """Return the recipe with as many epochs as `LEAST_STEPS` take and no soup: nothing is held back to choose by.

    Epochs that are not the recipe's own stay.

    Args:
        recipe: with what the command line says instead.
        photographs: that train, all of them.
    """
    recipe = replace(recipe, soup=1)
    named = recipes().get(recipe.name)
    if named is None or recipe.epochs != named.epochs:
        return recipe
    epochs = math.ceil(LEAST_STEPS / steps_per_epoch(photographs, recipe.batch_size))
    return replace(recipe, epochs=max(recipe.epochs, epochs))


@dataclass(frozen=True, eq=False)
class Tuner:
    """Fine-tunes networks that differ in their photographs and in their head.

    Attributes:
        recipe: how.
        classes: number of labels.
        weights: see `build_model`.
        seed: of order, augmentation and dropout.
        compute: devices and precision.
        unfinished: keeps the state after every epoch.
    """

    recipe: Recipe
    classes: int
    weights: str
    seed: int
    compute: Compute
    unfinished: UnfinishedRun

    def tuned(self, name: str, photographs: Photographs, start: list[npt.NDArray[Any]]) -> FittedNetwork:
        """Fine-tune on some photographs, or go on where an earlier attempt ended.

        Args:
            name: of this part of the run.
            photographs: all of them train.
            start: weights of the network to start from.
        """
        inside, state = self.unfinished.part(name)
        if not state.weights:
            stages = stages_of(self.recipe, self.weights)
            state.stage = next(number for number, stage in enumerate(stages) if not stage.on_features)
            state.weights = state.best_weights = start
        nothing = SelectedPhotographs(photographs, np.zeros(0, np.int64))
        data = TrainingData(photographs, nothing, self.classes)
        return fit(self.recipe, data, inside, state, self.weights, self.seed, self.compute)


def fine_tune(made: FittedHead, photographs: Photographs, tuner: Tuner) -> tuple[FittedHead, FineTuning]:
    """Try fine-tuning from a linear head, fold by fold, and keep what is better on photographs left out.

    Args:
        made: the head of all photographs, and its cross-validation.
        photographs: that it was fitted to.
        tuner: of the same network.

    Returns:
        the network to ship with what cross-validation found of its like, and how it was chosen.
    """
    found, targets, start_s = made.cross_validation, photographs.targets, time.monotonic()
    print(_cost(found.fold_count, tuner.recipe.epochs), flush=True)
    tuner.unfinished.save(TrainingState())  # from here on there is something to resume
    tuned = np.full_like(found.log_probabilities, np.nan)
    for fold in range(found.fold_count):
        out = found.folds == fold
        print(f"fold {fold + 1} of {found.fold_count}: fine-tuning on the photographs of the others", flush=True)
        judge = _judge_of_fold(made, photographs, out, tuner, f"fold-{fold + 1}")
        tuned[out] = tuner.unfinished.cached(f"fold-{fold + 1}", judge)
        outcome = _outcome(found, tuned, targets, fold + 1)
        if fold in (0, found.fold_count - 1) and not outcome.kept:
            return _with_time(made, start_s), outcome
    print("fine-tuning on all photographs", flush=True)
    fitted = tuner.tuned("all", photographs, made.network.model.get_weights())
    history = (_head_epoch(made, targets, outcome), *_judged_last(fitted.history, outcome))
    network = replace(made.network, model=fitted.model, history=history)
    kept = replace(made, network=network, cross_validation=replace(found, log_probabilities=tuned))
    return _with_time(kept, start_s), outcome


def _cost(folds: int, epochs: int) -> str:
    return (
        f"fine-tuning is tried on {folds} folds and then done on all photographs: up to {folds + 1} trainings of "
        f"{epochs} epochs; --validation split trains once"
    )


def _judge_of_fold(
    made: FittedHead,
    photographs: Photographs,
    out: npt.NDArray[np.bool_],
    tuner: Tuner,
    name: str,
) -> Callable[[], Floats]:
    """Return what fine-tunes on the photographs that are not out, and gives log probabilities of those that are."""

    def judge() -> Floats:
        inside, outside = np.flatnonzero(~out), np.flatnonzero(out)
        found, features = made.cross_validation, made.features
        head = fit_linear_head(features[inside], photographs.targets[inside], tuner.classes, found.penalty, found.head)
        fitted = tuner.tuned(name, SelectedPhotographs(photographs, inside), _weights_with(made.network.model, head))
        return log_softmax(logits_of(fitted.model, SelectedPhotographs(photographs, outside)))

    return judge


def _weights_with(model: Any, head: LinearHead) -> list[npt.NDArray[Any]]:
    """Return the weights of a network with another head; the network keeps its own."""
    layer = model.get_layer(HEAD_LAYER)
    own = layer.get_weights()
    layer.set_weights([head.kernel.astype(np.float32), head.bias.astype(np.float32)])
    weights = list(model.get_weights())
    layer.set_weights(own)
    return weights


def _outcome(found: CrossValidation, tuned: Floats, targets: npt.NDArray[np.int64], folds: int) -> FineTuning:
    """Compare on the photographs of the first folds."""
    tried = found.folds < folds
    head_loss, head_accuracy = log_loss_and_accuracy(found.log_probabilities[tried], targets[tried])
    loss, accuracy = log_loss_and_accuracy(tuned[tried], targets[tried])
    return FineTuning(loss < head_loss, head_loss, loss, head_accuracy, accuracy, folds, found.fold_count)


def _head_epoch(made: FittedHead, targets: npt.NDArray[np.int64], outcome: FineTuning) -> Epoch:
    """Where fine-tuning starts, as a line of the history."""
    loss, accuracy = log_loss_and_accuracy(made.cross_validation.head.log_probabilities(made.features), targets)
    duration_s = made.network.timings_s["head"]
    return Epoch("head", 1, loss, accuracy, outcome.head_log_loss, outcome.head_accuracy, duration_s)


def _judged_last(history: tuple[Epoch, ...], outcome: FineTuning) -> list[Epoch]:
    """The last epoch is the one that was judged on photographs left out."""
    return [*history[:-1], replace(history[-1], val_loss=outcome.log_loss, val_accuracy=outcome.accuracy)]


def _with_time(made: FittedHead, start_s: float) -> FittedHead:
    timings_s = {**made.network.timings_s, "fine-tuning": time.monotonic() - start_s}
    return replace(made, network=replace(made.network, timings_s=timings_s))
