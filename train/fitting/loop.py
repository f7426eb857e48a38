"""The training loop: steps make an epoch, every epoch is validated, the best weights are kept, patience ends it.

There is one loop for everything that learns here. What differs is behind two seams: a `Learner` takes the steps and
validates (training in stages, compression, the small networks of the papers), and the caller is told of every epoch,
when it may save the state. Everything that the loop knows is in a `TrainingState`, so it goes on from a saved one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy.typing as npt

from edge_app.common.errors import DataError
from edge_app.common.progress import Progress, human_time
from train.fitting.resume import TrainingState


@dataclass(frozen=True)
class Epoch:
    """One line of the history; losses are means in nats, accuracies 0..1.

    `val_loss` and `val_accuracy` are NaN where nothing is validated.
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
    def selection_loss(self) -> float:
        """The loss whose lowest epoch is kept."""
        return self.val_loss if self.val_calibrated_loss is None else self.val_calibrated_loss


def best_epoch(history: Sequence[Epoch]) -> int:
    """Return the place of the epoch that was kept: the one with the lowest loss of those that were validated."""
    validated = [place for place, row in enumerate(history) if not math.isnan(row.selection_loss)]
    return min(validated, key=lambda place: history[place].selection_loss)


@dataclass(frozen=True)
class Validation:
    """What the validation photographs say after an epoch: losses in nats, accuracy 0..1; see `Epoch`."""

    loss: float
    accuracy: float
    calibrated_loss: float | None = None


class Learner(Protocol):
    """A network that learns.

    Attributes:
        steps_per_epoch: at least 1.
    """

    steps_per_epoch: int

    def step(self, number: int) -> tuple[float, float]:
        """Learn from the next batch.

        Args:
            number: of the step, from the start of the stage.

        Returns:
            mean loss of the batch in nats, and the share of it that was classified correctly.
        """
        ...

    def validate(self) -> Validation | None:
        """Measure the network as it is now; None: nothing is measured, and the last epoch is the best."""
        ...

    def weights(self) -> list[npt.NDArray[Any]]:
        """Return copies of all weights."""
        ...


@dataclass(frozen=True)
class StageLimits:
    """When a stage ends.

    Attributes:
        name: of the stage, in the history.
        epochs: at most.
        patience: epochs without a better validation loss before it stops.
        first_eligible_epoch: the first one, from 1, that may be the best: pruning is not done before.
    """

    name: str
    epochs: int
    patience: float = math.inf
    first_eligible_epoch: int = 1


def train_stage(
    limits: StageLimits,
    learner: Learner,
    state: TrainingState,
    after_epoch: Callable[[Epoch], None] = lambda _: None,
    quiet: bool = False,
) -> None:
    """Train until the stage ends; `state.best_weights` are those to keep.

    Args:
        limits: name and end of the stage.
        learner: takes the steps.
        state: of the last completed epoch; moved on epoch by epoch.
        after_epoch: called when the state has been moved on.
        quiet: whether to show no progress.

    Raises:
        DataError: training diverged.
    """
    steps = learner.steps_per_epoch
    with _progress(limits, steps, quiet) as progress:
        progress.reach(state.epoch * steps)
        while state.epoch < limits.epochs and state.since_best < limits.patience:
            epoch = _train_epoch(limits.name, learner, state.epoch, progress)
            eligible = epoch.epoch >= limits.first_eligible_epoch
            better = eligible and not epoch.selection_loss >= state.best_loss  # without validation it is NaN: better
            _move_on(state, epoch, learner.weights(), better)
            progress.line(_epoch_line(epoch, " (best)" if better else "" if eligible else " (too early to count)"))
            if state.since_best >= limits.patience:
                progress.line(f"{limits.name}: stopped, no better validation loss for {state.since_best} epochs")
            after_epoch(epoch)


def _train_epoch(stage: str, learner: Learner, completed: int, progress: Progress | _NoProgress) -> Epoch:
    """Take the steps of one epoch, and validate."""
    steps, start_s = learner.steps_per_epoch, time.monotonic()
    losses, correct = 0.0, 0.0
    for step in range(steps):
        loss, share = learner.step(completed * steps + step)
        losses, correct = losses + loss, correct + share
        detail = f"loss {losses / (step + 1):.3f}, accuracy {correct / (step + 1):.1%}"
        progress.reach(completed * steps + step + 1, detail)
    duration_s = time.monotonic() - start_s
    validation = learner.validate()
    if not math.isfinite(losses) or (validation is not None and not math.isfinite(validation.loss)):
        loss = losses / steps
        raise DataError(f"{stage} diverged in epoch {completed + 1} (loss {loss}); use a lower --learning-rate")
    measured = validation or Validation(math.nan, math.nan)
    return Epoch(
        stage=stage,
        epoch=completed + 1,
        loss=losses / steps,
        accuracy=correct / steps,
        val_loss=measured.loss,
        val_accuracy=measured.accuracy,
        duration_s=duration_s,
        val_calibrated_loss=measured.calibrated_loss,
    )


def _move_on(state: TrainingState, epoch: Epoch, weights: list[npt.NDArray[Any]], better: bool) -> None:
    state.epoch, state.since_best = epoch.epoch, 0 if better else state.since_best + 1
    state.weights = weights
    if better:
        state.best_loss, state.best_weights = epoch.selection_loss, weights
    state.history.append(asdict(epoch))


def _epoch_line(epoch: Epoch, mark: str) -> str:
    learned = f"{epoch.stage} {epoch.epoch}: loss {epoch.loss:.3f}, accuracy {epoch.accuracy:.1%}"
    if math.isnan(epoch.val_loss):
        return f"{learned}; {human_time(epoch.duration_s)}"
    calibrated = "" if epoch.val_calibrated_loss is None else f"calibrated {epoch.val_calibrated_loss:.3f}, "
    validated = f"validation loss {epoch.val_loss:.3f}, {calibrated}accuracy {epoch.val_accuracy:.1%}"
    return f"{learned}; {validated}{mark}; {human_time(epoch.duration_s)}"


class _NoProgress:
    """The silent twin of `Progress`."""

    def reach(self, done: int, detail: str = "") -> None:
        """Show nothing."""

    def line(self, text: str) -> None:
        """Print nothing."""


def _progress(limits: StageLimits, steps: int, quiet: bool) -> AbstractContextManager[Progress | _NoProgress]:
    return nullcontext(_NoProgress()) if quiet else Progress(limits.name, limits.epochs * steps)
