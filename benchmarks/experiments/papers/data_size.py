"""The number of photographs against accuracy, with and without augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import ClassVar

from benchmarks.experiments.papers.figure import COLOURS, figure, groups, line_and_points, log_ticks
from benchmarks.experiments.papers.findings import Finding, find, in_seeds, mean_percent
from benchmarks.experiments.papers.pictures import Pictures
from benchmarks.experiments.papers.record import Key
from benchmarks.experiments.papers.training import moved, small_cnn, trained
from train.augment.augmentation import OFF

_STILL, _MOVED = "without", "with"


@dataclass(frozen=True)
class SizePoint:
    """One training.

    Attributes:
        photographs: to learn from.
        augmentation: `without` or `with`.
        seed: of everything random, the choice of photographs too.
        training_error: share wrong of the unchanged training photographs.
        test_error: share wrong.
    """

    photographs: int
    augmentation: str
    seed: int
    training_error: float
    test_error: float

    @property
    def key(self) -> Key:
        """Photographs, augmentation and seed."""
        return self.photographs, self.augmentation, self.seed


@dataclass(frozen=True)
class DataSize:
    """The same network and number of steps for every number of photographs, whatever the number of epochs.

    Attributes:
        sizes: numbers of photographs, ascending; a larger set of a seed contains the smaller ones.
        steps: batches; the rate falls to zero along a cosine.
        dropout: share of the hidden units that is dropped.
    """

    name: ClassVar[str] = "data-size"
    point: ClassVar[type[SizePoint]] = SizePoint

    sizes: tuple[int, ...] = (100, 250, 500, 1000, 2000)
    steps: int = 1500
    dropout: float = 0.5

    def keys(self, seeds: int) -> list[Key]:
        """Return size, augmentation and seed of all trainings."""
        return [(size, kind, seed) for seed in range(seeds) for kind in (_STILL, _MOVED) for size in self.sizes]

    def measure(self, key: Key, pictures: Pictures) -> SizePoint:
        """Train once."""
        size, kind, seed = int(key[0]), str(key[1]), int(key[2])
        recipe = small_cnn(batch_norm=True, dropout=self.dropout, augmentation=moved() if kind == _MOVED else OFF)
        part = pictures.train.sample(size, pictures.classes, seed)
        trainer = trained(recipe, part, pictures.classes, self.steps, seed)
        return SizePoint(size, kind, seed, trainer.judge(part).error, trainer.judge(pictures.test).error)

    def findings(self, points: Sequence[SizePoint]) -> tuple[Finding, Finding]:
        """Judge what photographs bring, and what augmentation brings."""
        error = {point.key: point.test_error for point in points}
        seeds = sorted({point.seed for point in points})
        small, large = self.sizes[0], self.sizes[-1]
        of = {
            (size, kind): [1.0 - error[size, kind, seed] for seed in seeds]
            for size in (small, large)
            for kind in (_STILL, _MOVED)
        }
        more = [after - before for before, after in zip(of[small, _STILL], of[large, _STILL], strict=True)]
        sizes = find(
            more,
            f"without augmentation the test accuracy is {mean_percent(of[small, _STILL])} with {small:,} photographs "
            f"and {mean_percent(of[large, _STILL])} with {large:,} (means), higher with more {in_seeds(more)}.",
        )
        gains = [
            sum(error[size, _STILL, seed] - error[size, _MOVED, seed] for size in self.sizes) / len(self.sizes)
            for seed in seeds
        ]
        return sizes, find(
            gains,
            f"augmentation changes the test accuracy by {100.0 * sum(gains) / len(gains):+.1f} points on average over "
            f"all sizes, upwards {in_seeds(gains)}; with it {small:,} photographs give "
            f"{mean_percent(of[small, _MOVED])} and {large:,} give {mean_percent(of[large, _MOVED])}.",
        )

    def table(self, points: Sequence[SizePoint]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return means per size."""
        tested = groups(points, lambda one: (one.photographs, one.augmentation), lambda one: 1.0 - one.test_error)
        trained_on = groups(
            points, lambda one: (one.photographs, one.augmentation), lambda one: 1.0 - one.training_error
        )
        rows = [
            (
                f"{size:,}",
                *(mean_percent(tested[size, kind]) for kind in (_STILL, _MOVED)),
                *(mean_percent(trained_on[size, kind]) for kind in (_STILL, _MOVED)),
            )
            for size in self.sizes
        ]
        return ("photographs", "test, without", "test, with", "training, without", "training, with"), rows

    def draw(self, points: Sequence[SizePoint], path: Path) -> None:
        """Draw the accuracy against the number of photographs."""
        seeds = len({point.seed for point in points})
        with figure(path, 1, f"Photographs against accuracy, {seeds} seeds", width=8.4, height=4.4) as axes:
            for colour, kind in zip(COLOURS, (_STILL, _MOVED), strict=False):
                for name, style in (("test_error", "-"), ("training_error", ":")):
                    part = [point for point in points if point.augmentation == kind]
                    errors: dict[int, list[float]] = groups(part, lambda one: one.photographs, attrgetter(name))
                    right = [[100.0 - 100.0 * error for error in errors[size]] for size in self.sizes]
                    label = f"{name.split('_')[0]}, {kind} augmentation"
                    line_and_points(axes[0], self.sizes, right, label, colour, style)
            axes[0].set_xscale("log")
            log_ticks(axes[0].xaxis, self.sizes)
            axes[0].set_xlabel("training photographs")
            axes[0].set_ylabel("accuracy, %")
            axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
