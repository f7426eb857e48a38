"""Choosing the best file of a sweep within limits of time and size: by validation accuracy, never by test accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.sweep.result import SweptFile
from edge_app.common.errors import ResultError, UsageError

NEARLY = 1.5
"""A limit that is passed by less than this factor is nearly kept."""

_SHOWN = 3  # files that nearly fitted


@dataclass(frozen=True)
class Budget:
    """Limits that a file must keep; None: no limit.

    Attributes:
        latency_s: of the median from a frame to the label, seconds.
        size_bytes: of the file.
    """

    latency_s: float | None = None
    size_bytes: float | None = None

    def __post_init__(self) -> None:
        for option, value, unit in (
            ("--budget-ms", self.latency_s, 1e-3),
            ("--budget-mb", self.size_bytes, 1e6),
        ):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"{option} must be above 0, received {value / unit:g}")

    def __str__(self) -> str:
        limits = []
        if self.latency_s is not None:
            limits.append(f"{self.latency_s * 1e3:g} ms")
        if self.size_bytes is not None:
            limits.append(f"{self.size_bytes / 1e6:g} MB")
        return " and ".join(limits) or "no limit"

    def excess(self, file: SweptFile) -> float:
        """Return the greatest ratio of what a file needs to what is allowed: at most 1 fits; infinite if unmeasured."""
        ratios = [0.0]
        if self.latency_s is not None:
            latency = file.frame_to_label
            ratios.append(float("inf") if latency is None else latency.median_s / self.latency_s)
        if self.size_bytes is not None:
            ratios.append(file.size_bytes / self.size_bytes)
        return max(ratios)


@dataclass(frozen=True)
class Choice:
    """What a budget allows.

    Attributes:
        budget: the limits.
        best: the file with the best validation accuracy within them.
        nearly: better files that pass a limit by little, those that pass it least first.
    """

    budget: Budget
    best: SweptFile
    nearly: tuple[SweptFile, ...]

    def sentences(self) -> list[str]:
        """Say what was chosen, by which photographs, and what nearly fitted."""
        found = [
            f"best within {self.budget}: {_facts(self.best)}",
            f"chosen by {self.best.validation.photographs:,} validation photographs: {self.best.validation}; on the "
            f"{self.best.test.photographs:,} test photographs, which decided nothing: {self.best.test}",
        ]
        found += [f"nearly: {_facts(file)}, {_excess(self.budget, file)}" for file in self.nearly]
        return found


def pick(files: Sequence[SweptFile], budget: Budget) -> Choice:
    """Choose the file with the best validation accuracy within the limits; of equals the faster, then the smaller.

    Args:
        files: of a sweep.
        budget: the limits.

    Raises:
        ResultError: there are no files, the latency is not measured, or nothing fits.
    """
    if not files:
        raise ResultError("the sweep holds no files yet; give the same `sweep` command again")
    if budget.latency_s is not None and all(file.frame_to_label is None for file in files):
        raise ResultError("the sweep was stopped before it measured latency; give the same `sweep` command again")
    inside = [file for file in files if budget.excess(file) <= 1]
    if not inside:
        nearest = min(files, key=budget.excess)
        raise ResultError(
            f"nothing fits {budget}; the nearest is {_facts(nearest)}, {_excess(budget, nearest)}; allow more, or "
            "sweep smaller points"
        )
    best = max(inside, key=_merit)
    beyond = [file for file in files if 1 < budget.excess(file) < NEARLY and _merit(file)[0] > _merit(best)[0]]
    return Choice(budget, best, tuple(sorted(beyond, key=budget.excess)[:_SHOWN]))


def _merit(file: SweptFile) -> tuple[float, float, int]:
    latency_s = float("inf") if file.frame_to_label is None else file.frame_to_label.median_s
    return file.validation.top1, -latency_s, -file.size_bytes


def _facts(file: SweptFile) -> str:
    time = "" if file.frame_to_label is None else f"{file.frame_to_label.median_s * 1e3:.2f} ms, "
    return f"{file.name}, {time}{file.size_bytes / 1e6:.2f} MB, validation {file.validation.top1:.1%}"


def _excess(budget: Budget, file: SweptFile) -> str:
    over = []
    latency = file.frame_to_label
    if budget.latency_s is not None and latency is not None and latency.median_s > budget.latency_s:
        over.append(f"{latency.median_s / budget.latency_s - 1:.1%} too slow")
    if budget.size_bytes is not None and file.size_bytes > budget.size_bytes:
        over.append(f"{file.size_bytes / budget.size_bytes - 1:.1%} too large")
    return " and ".join(over)


def pareto_front(costs: Sequence[float], gains: Sequence[float]) -> tuple[int, ...]:
    """Return the places that no other place dominates: at most its cost and at least its gain, one of them better.

    Of places that are equal in both the first one stands for all.

    Args:
        costs: the less the better.
        gains: the more the better, one per cost.

    Returns:
        places by rising cost, whose gains rise too.
    """
    by_cost = sorted(range(len(costs)), key=lambda place: (costs[place], -gains[place]))
    front: list[int] = []
    for place in by_cost:
        if not front or gains[place] > gains[front[-1]]:
            front.append(place)
    return tuple(front)
