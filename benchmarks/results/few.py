"""The results of `benchmarks experiment few`: heads from few photographs, judged on all others of the folder."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from benchmarks.results.device import Device
from benchmarks.statistics.student import t_quantile
from edge_app.metrics.accuracy import MeasuredAccuracy

Metric = Literal["accuracy", "log_loss"]

_WITHIN = 0.95


@dataclass(frozen=True)
class Judged:
    """A head on the photographs that it did not learn from: accuracy 0..1, mean log loss in nats."""

    accuracy: float
    log_loss: float


@dataclass(frozen=True)
class Draw:
    """Heads that learned from one draw of photographs.

    Attributes:
        per_class: photographs of each class that were drawn.
        seed: of the draw.
        others: photographs that judged.
        ours: the head that `train` ships.
        peers: by name.
    """

    per_class: int
    seed: int
    others: int
    ours: Judged
    peers: Mapping[str, Judged]


@dataclass(frozen=True)
class Statement:
    """What cross-validation on one draw states, and what is true.

    Attributes:
        per_class: photographs of each class that were drawn.
        seed: of the draw.
        stated: out-of-fold accuracy, 0..1.
        low: end of its 95 % interval, as the card has it.
        high: its other end.
        judged: accuracy of the shipped head on the other photographs, 0..1.
        others: how many they are.
    """

    per_class: int
    seed: int
    stated: float
    low: float
    high: float
    judged: float
    others: int

    @property
    def holds_judged(self) -> bool:
        """Whether the interval holds the accuracy that was measured on the others, which has a noise of its own."""
        return self.low <= self.judged <= self.high

    @property
    def holds(self) -> bool:
        """Whether the interval holds the true accuracy, as far as the judge can tell.

        The stated and the judged accuracy come from different photographs. They contradict each other if the 95 %
        interval of their difference leaves out 0: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10,
        which joins the two Wilson intervals as (difference of the shares) ± √(half² + half²), of the halves that point
        to each other. With thousands of others, this is `holds_judged`.
        """
        judge = MeasuredAccuracy.from_counts(round(self.judged * self.others), self.others, "others")
        if self.stated > self.judged:
            reach = math.hypot(self.stated - self.low, judge.high - self.judged)
        else:
            reach = math.hypot(self.high - self.stated, self.judged - judge.low)
        return abs(self.stated - self.judged) <= reach


@dataclass(frozen=True)
class FewPhotographs:
    """One folder.

    Attributes:
        folder: its name.
        sha256: of all photographs with their labels.
        labels: in order.
        photographs: in the folder.
        recipe: whose backbone and input size made the features.
        scikit_learn: its version.
        draws: judged beside the peers.
        statements: judged for coverage.
    """

    KIND: ClassVar[str] = "few"

    date: str
    device: Device
    folder: str
    sha256: str
    labels: tuple[str, ...]
    photographs: int
    recipe: str
    scikit_learn: str
    draws: tuple[Draw, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class FewRun:
    """One whole run of `train` on few photographs, timed after the imports.

    Attributes:
        folder: name of the folder that the photographs were drawn from.
        per_class: photographs of each class.
        photographs: in all.
        duration_s: from the finished imports to the finished run folder.
        timings_s: of its stages, as `run.json` has them.
        stated: accuracy that it states, with the words on what it was measured.
    """

    KIND: ClassVar[str] = "few-run"

    date: str
    device: Device
    folder: str
    per_class: int
    photographs: int
    duration_s: float
    timings_s: Mapping[str, float]
    stated: str


@dataclass(frozen=True)
class Difference:
    """Ours minus a peer's, over draws.

    Attributes:
        per_class: photographs of each class.
        peer: its name.
        metric: accuracy (0..1, more is better) or log loss (nats, less is better).
        ours: mean over draws.
        peers: mean over draws.
        value: mean difference.
        low: end of its 95 % interval, see `paired_interval`.
        high: its other end.
        draws: how many.
    """

    per_class: int
    peer: str
    metric: Metric
    ours: float
    peers: float
    value: float
    low: float
    high: float
    draws: int


@dataclass(frozen=True)
class Coverage:
    """How often the stated interval holds the true accuracy.

    Attributes:
        per_class: photographs of each class.
        share: of the draws, the judge's noise taken into account; 0..1.
        low: end of its 95 % interval.
        high: its other end.
        raw: share that holds the judged accuracy itself.
        draws: how many.
        bias: mean of stated minus judged.
        width: mean of the interval, from end to end.
    """

    per_class: int
    share: float
    low: float
    high: float
    raw: float
    draws: int
    bias: float
    width: float


def paired_interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return mean and 95 % interval of differences between heads on the same draws: Student's t over draws.

    All draws are from one folder and share photographs, so the interval says how far the mean over other draws of this
    folder might be away; it says nothing of other folders. One draw has no interval: it reaches as far as it can.
    """
    mean = statistics.fmean(differences)
    if len(differences) < 2:
        return mean, -math.inf, math.inf
    half = t_quantile(_WITHIN, len(differences) - 1) * statistics.stdev(differences) / math.sqrt(len(differences))
    return mean, mean - half, mean + half


def differences(result: FewPhotographs) -> list[Difference]:
    """Compare with every peer at every size, in both metrics."""
    found = []
    for per_class in dict.fromkeys(draw.per_class for draw in result.draws):
        draws = [draw for draw in result.draws if draw.per_class == per_class]
        for peer in draws[0].peers:
            metrics: tuple[Metric, ...] = ("accuracy", "log_loss")
            for metric in metrics:
                ours = [float(getattr(draw.ours, metric)) for draw in draws]
                others = [float(getattr(draw.peers[peer], metric)) for draw in draws]
                mean, low, high = paired_interval([one - other for one, other in zip(ours, others, strict=True)])
                means = (statistics.fmean(ours), statistics.fmean(others))
                found.append(Difference(per_class, peer, metric, *means, mean, low, high, len(draws)))
    return found


def coverages(result: FewPhotographs) -> list[Coverage]:
    """Count how often statements hold, at every size."""
    found = []
    for per_class in dict.fromkeys(one.per_class for one in result.statements):
        group = [one for one in result.statements if one.per_class == per_class]
        share = MeasuredAccuracy.from_counts(sum(one.holds for one in group), len(group), "draws")
        found.append(
            Coverage(
                per_class=per_class,
                share=share.top1,
                low=share.low,
                high=share.high,
                raw=statistics.fmean(one.holds_judged for one in group),
                draws=len(group),
                bias=statistics.fmean(one.stated - one.judged for one in group),
                width=statistics.fmean(one.high - one.low for one in group),
            )
        )
    return found


def derived_from(result: FewPhotographs) -> dict[str, Any]:
    """Return what readers of the JSON find under `derived`."""
    return {"differences": differences(result), "coverage": coverages(result)}


COVERAGE_GOAL = 0.9
"""Share of the draws whose stated interval should hold the true accuracy."""

DIFFERENCE_HEAD = (
    "per class",
    "peer",
    "accuracy, %: ours",
    "peer's",
    "difference, points",
    "log loss: ours",
    "peer's",
    "difference, nats",
)
COVERAGE_HEAD = ("per class", "interval holds, %", "as judged", "stated − judged, points", "interval's width, points")


def difference_rows(result: FewPhotographs) -> list[tuple[str, ...]]:
    """Return a row per size and peer."""
    found = {(one.per_class, one.peer, one.metric): one for one in differences(result)}
    rows: list[tuple[str, ...]] = []
    for per_class, peer in dict.fromkeys((one[0], one[1]) for one in found):
        accuracy, loss = found[per_class, peer, "accuracy"], found[per_class, peer, "log_loss"]
        rows.append(
            (
                str(per_class),
                peer,
                f"{100 * accuracy.ours:.2f}",
                f"{100 * accuracy.peers:.2f}",
                _signed(accuracy, 100.0, 2),
                f"{loss.ours:.3f}",
                f"{loss.peers:.3f}",
                _signed(loss, 1.0, 3),
            )
        )
    return rows


def _signed(one: Difference, factor: float, digits: int) -> str:
    numbers = [f"{factor * number:+.{digits}f}" for number in (one.value, one.low, one.high)]
    return f"{numbers[0]} ({numbers[1]} to {numbers[2]})".replace("-", "−")


def coverage_rows(result: FewPhotographs) -> list[tuple[str, ...]]:
    """Return a row per size."""
    return [
        (
            str(one.per_class),
            f"{100 * one.share:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})",
            f"{100 * one.raw:.1f}",
            f"{100 * one.bias:+.1f}".replace("-", "−"),
            f"{100 * one.width:.1f}",
        )
        for one in coverages(result)
    ]
