"""Numbers about photographs with 95 % intervals: groups of photographs are drawn anew with replacement, whole.

A photograph by itself is a group of one. B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter
13; of groups: A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.8. All draws
begin with the same seed, so the same scores give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs, numbered_groups
from edge_app.metrics.confidence import Scores, Targets, auroc, expected_calibration_error

RESAMPLES = 500
"""Of a bootstrap: enough for two digits of an interval's ends, and quick on a small board."""

_TAIL = 0.025  # on either side of a 95 % interval

_Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.low <= self.value <= self.high):
            raise ValueError(f"{self.value} is not inside its interval {self.low}..{self.high}")

    def text(self, digits: int) -> str:
        """Return the number and its interval with so many digits after the point."""
        return f"{self.value:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


class Resampling:
    """Draws photographs anew, a group at a time.

    Args:
        photographs: how many.
        groups: (photographs,) numbers of their groups; empty: each is by itself.
    """

    def __init__(self, photographs: int, groups: Sequence[int] = ()) -> None:
        self.groups: _Places = np.array(numbered_groups(groups or range(photographs)), np.intp)
        if len(self.groups) != photographs:
            raise ValueError(f"the groups of {photographs} photographs are needed, received {len(self.groups)}")
        self._by_group = np.argsort(self.groups, kind="stable")  # the photographs, group after group
        self.sizes = np.bincount(self.groups)
        self._starts = np.cumsum(self.sizes) - self.sizes

    @property
    def independent(self) -> float:
        """Photographs that say as much as these, see `independent_photographs`."""
        return independent_photographs(self.groups.tolist())

    def draw(self, random: np.random.Generator) -> _Places:
        """Return (about as many as there are,) places of photographs."""
        drawn = random.integers(0, len(self.sizes), len(self.sizes))
        sizes = self.sizes[drawn]
        shifts = self._starts[drawn] - (np.cumsum(sizes) - sizes)  # from a place in the answer to one in `_by_group`
        places: _Places = self._by_group[np.arange(sizes.sum()) + np.repeat(shifts, sizes)]
        return places

    def statistics(self, statistic: Callable[[_Places], float]) -> list[float]:
        """Return a number of `RESAMPLES` draws."""
        random = np.random.default_rng(0)
        return [statistic(self.draw(random)) for _ in range(RESAMPLES)]


def estimated_mean(values: npt.NDArray[np.float64], groups: Sequence[int] = ()) -> Estimate:
    """Return the mean with its percentile interval.

    Args:
        values: (photographs,), at least one.
        groups: see `Resampling`.
    """
    drawn = Resampling(len(values), groups).statistics(lambda places: float(values[places].mean()))
    return _percentile_interval(float(values.mean()), drawn)


def estimated_calibration_error(probabilities: Scores, targets: Targets, groups: Sequence[int] = ()) -> Estimate:
    """Return the expected calibration error with its basic interval.

    The error of a sample is too large on average, as chance moves bins apart; that of a resample is so once more. The
    basic interval (value + value - quantile) takes the second step back; the percentile interval would double it.

    Args:
        probabilities: (photographs, classes), at least one photograph.
        targets: (photographs,) places of the true labels.
        groups: see `Resampling`.
    """
    value = expected_calibration_error(probabilities, targets)
    drawn = Resampling(len(targets), groups).statistics(
        lambda places: expected_calibration_error(probabilities[places], targets[places])
    )
    low, high = 2 * value - np.quantile(drawn, [1.0 - _TAIL, _TAIL])
    return Estimate(value, max(0.0, min(value, float(low))), max(value, float(high)))


def calibration_error_by_chance(probabilities: Scores, groups: Sequence[int] = ()) -> float:
    """Return the calibration error that perfect probabilities would exceed in this many photographs once in 20 times.

    Each photograph's best label is taken for right with its own probability. An error below this cannot be told from
    none: J. Bröcker and L. A. Smith, Weather and Forecasting 22 (2007) 651. A group has one chance for all of its
    photographs, so those with the same probability are all right or all wrong.

    Args:
        probabilities: (photographs, 2), at least one photograph: the best score is its probability.
        groups: see `Resampling`.
    """
    resampling = Resampling(len(probabilities), groups)
    random = np.random.default_rng(0)
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    errors = []
    for _ in range(RESAMPLES):
        right = random.random(len(resampling.sizes))[resampling.groups] < sure
        errors.append(expected_calibration_error(probabilities, np.where(right, best, 1 - best)))
    return float(np.quantile(errors, 0.95))


def estimated_auroc(
    positive: Scores, negative: Scores, positive_groups: Sequence[int] = (), negative_groups: Sequence[int] = ()
) -> Estimate:
    """Return the area under the ROC curve with its percentile interval, both sides drawn anew.

    Where the two sides do not overlap no resample does either, and the interval would be a point. Then the largest
    share of disorder that would not show in the smaller side with 2.5 % chance takes its place (C. J. Clopper and E. S.
    Pearson, Biometrika 26 (1934) 404).

    Args:
        positive: (any number above 0,) scores of what should score high.
        negative: (any number above 0,) scores of the others.
        positive_groups: of the first, see `Resampling`.
        negative_groups: of the second.
    """
    value = auroc(positive, negative)
    first, second = Resampling(len(positive), positive_groups), Resampling(len(negative), negative_groups)
    if value in (0.0, 1.0):
        unseen = 1.0 - _TAIL ** (1.0 / min(first.independent, second.independent))
        return Estimate(value, max(0.0, value - unseen), min(1.0, value + unseen))
    random = np.random.default_rng(0)
    drawn = [auroc(positive[first.draw(random)], negative[second.draw(random)]) for _ in range(RESAMPLES)]
    return _percentile_interval(value, drawn)


def _percentile_interval(value: float, drawn: list[float]) -> Estimate:
    low, high = np.quantile(drawn, [_TAIL, 1.0 - _TAIL])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def accuracy_difference(first: MeasuredAccuracy, second: MeasuredAccuracy) -> Estimate:
    """Return second - first where they were measured on different photographs, so that nothing can be paired.

    Formula: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10, from the two intervals.

    Returns:
        -1..1.
    """
    value = second.top1 - first.top1
    below = math.hypot(second.top1 - second.low, first.high - first.top1)
    above = math.hypot(second.high - second.top1, first.top1 - first.low)
    return Estimate(value, value - below, value + above)
