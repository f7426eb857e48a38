"""Dropout's gain and its cost in iterations (Srivastava et al., JMLR 2014)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.experiments.papers.figure import COLOURS, figure
from benchmarks.experiments.papers.findings import Finding, find, in_seeds, mean_percent, number
from benchmarks.experiments.papers.pictures import Pictures
from benchmarks.experiments.papers.record import Key
from benchmarks.experiments.papers.training import Curve, small_cnn, training_curve

_PAPER_COST = (2.0, 3.0)  # "a dropout network typically takes 2-3 times longer to train", section 10
_WITHOUT, _WITH = "without", "with"


@dataclass(frozen=True)
class DropoutPoint:
    """One training.

    Attributes:
        variant: `without` or `with` dropout.
        seed: of everything random.
        curve: losses and errors against steps.
    """

    variant: str
    seed: int
    curve: Curve

    @property
    def key(self) -> Key:
        """Variant and seed."""
        return self.variant, self.seed

    @property
    def best_test_error(self) -> float:
        """Share wrong where the validation loss is lowest."""
        return self.curve.test_error[self.curve.best]


@dataclass(frozen=True)
class Dropout:
    """The same network with and without dropout, at a constant rate, judged while it learns.

    Attributes:
        rate: share of the hidden units that is dropped.
        block_rate: share of the channels that is dropped after each block.
        judgements: how many.
        every: steps between two.
    """

    name: ClassVar[str] = "dropout"
    point: ClassVar[type[DropoutPoint]] = DropoutPoint

    rate: float = 0.5
    block_rate: float = 0.1
    judgements: int = 50
    every: int = 50

    def keys(self, seeds: int) -> list[Key]:
        """Return variant and seed of all trainings."""
        return [(variant, seed) for seed in range(seeds) for variant in (_WITHOUT, _WITH)]

    def measure(self, key: Key, pictures: Pictures) -> DropoutPoint:
        """Train once."""
        variant, seed = str(key[0]), int(key[1])
        dropped = {"dropout": self.rate, "block_dropout": self.block_rate} if variant == _WITH else {}
        return DropoutPoint(
            variant, seed, training_curve(small_cnn(**dropped), pictures, self.judgements, self.every, seed)
        )

    def findings(self, points: Sequence[DropoutPoint]) -> tuple[Finding, Finding]:
        """Judge the gain, and the cost."""
        pairs = paired(points)
        without, with_dropout = ([pair[place].best_test_error for pair in pairs] for place in (0, 1))
        gains = [plain - dropped for plain, dropped in zip(without, with_dropout, strict=True)]
        gain = find(
            gains,
            f"the test error at the lowest validation loss is {mean_percent(with_dropout)} with dropout and "
            f"{mean_percent(without)} without (means), lower with dropout {in_seeds(gains)}.",
        )
        training, validation = (cost(pairs, name) for name in ("training_loss", "validation_loss"))
        best = [
            dropped.curve.steps[dropped.curve.best] / plain.curve.steps[plain.curve.best] for plain, dropped in pairs
        ]
        mean_cost = statistics.geometric_mean(training.ratios)
        low, high = _PAPER_COST
        place = "below" if mean_cost < low else "above" if mean_cost > high else "within"
        return gain, find(
            [ratio - 1.0 for ratio in training.ratios],
            f"with dropout the same training loss ({number(training.level)} nats) takes {mean_cost:.1f} times the "
            f"iterations ({min(training.ratios):.1f} to {max(training.ratios):.1f}; {place} the paper's 2 to 3), the "
            f"same validation loss ({number(validation.level)}) {statistics.geometric_mean(validation.ratios):.1f} "
            f"times, and the lowest validation loss {statistics.geometric_mean(best):.1f} times.",
        )

    def table(self, points: Sequence[DropoutPoint]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return means per variant."""
        rows: list[tuple[str, ...]] = []
        for variant in (_WITHOUT, _WITH):
            group = [point for point in points if point.variant == variant]
            curves = [point.curve for point in group]
            rows.append(
                (
                    f"{variant} dropout",
                    mean_percent([point.best_test_error for point in group]),
                    mean_percent([curve.test_error[-1] for curve in curves]),
                    number(statistics.fmean(min(curve.validation_loss) for curve in curves)),
                    number(statistics.fmean(curve.steps[curve.best] for curve in curves)),
                )
            )
        head = ("network", "test error, best", "test error, end", "lowest validation loss", "iterations to it")
        return head, rows

    def draw(self, points: Sequence[DropoutPoint], path: Path) -> None:
        """Draw test error, validation loss and training loss against iterations."""
        panels = (
            ("test_error", "test error, %", 100.0),
            ("validation_loss", "validation loss, nats", 1.0),
            ("training_loss", "training loss (inference mode), nats", 1.0),
        )
        seeds = len({point.seed for point in points})
        title = f"Dropout, {seeds} seeds: thin lines are seeds, thick ones their mean, dots the lowest validation loss"
        with figure(path, len(panels), title, width=4.4) as axes:
            for one, (name, label, factor) in zip(axes, panels, strict=True):
                for colour, variant in zip(COLOURS, (_WITHOUT, _WITH), strict=False):
                    _draw_variant(one, [point for point in points if point.variant == variant], name, factor, colour)
                one.set_xlabel("iterations (batches of 32)")
                one.set_ylabel(label)
                if name.endswith("loss"):
                    one.set_yscale("log")
            axes[0].legend()


@dataclass(frozen=True)
class Cost:
    """How many times the iterations dropout takes to the same loss.

    Attributes:
        level: nats; the lowest that every training reached.
        ratios: one per seed.
    """

    level: float
    ratios: tuple[float, ...]


def cost(pairs: Sequence[tuple[DropoutPoint, DropoutPoint]], loss: str) -> Cost:
    """Compare the iterations that pairs of trainings took to the lowest loss that all of them reached.

    Args:
        pairs: without and with dropout, of the same seed.
        loss: name of the curve's loss.
    """
    level = max(min(getattr(point.curve, loss)) for pair in pairs for point in pair)
    ratios = (_first(dropped, loss, level) / _first(plain, loss, level) for plain, dropped in pairs)
    return Cost(level, tuple(ratios))


def paired(points: Sequence[DropoutPoint]) -> list[tuple[DropoutPoint, DropoutPoint]]:
    """Return the trainings without and with dropout of every seed that has both."""
    of = {point.key: point for point in points}
    seeds = sorted({point.seed for point in points})
    keys = [((_WITHOUT, seed), (_WITH, seed)) for seed in seeds]
    return [(of[plain], of[dropped]) for plain, dropped in keys if plain in of and dropped in of]


def _first(point: DropoutPoint, loss: str, level: float) -> int:
    """Return the steps at which a loss was first at a level or below."""
    steps = zip(point.curve.steps, getattr(point.curve, loss), strict=True)
    return next(step for step, value in steps if value <= level)


def _draw_variant(axes: Any, points: Sequence[DropoutPoint], name: str, factor: float, colour: str) -> None:
    curves = [factor * np.array(getattr(point.curve, name)) for point in points]
    for point, values in zip(points, curves, strict=True):
        axes.plot(point.curve.steps, values, color=colour, alpha=0.35, linewidth=0.8)
        best = point.curve.best
        axes.plot([point.curve.steps[best]], [values[best]], "o", color=colour, markersize=4)
    axes.plot(points[0].curve.steps, np.mean(curves, axis=0), color=colour, label=f"{points[0].variant} dropout")
