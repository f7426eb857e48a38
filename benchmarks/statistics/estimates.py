"""Numbers about photographs with 95 % intervals: the photographs are drawn anew with replacement.

B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. All draws begin with the same seed,
so the same scores give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.metrics.confidence import Scores, Targets, auroc, expected_calibration_error

RESAMPLES = 500
"""Of a bootstrap: enough for two digits of an interval's ends, and quick on a small board."""

_TAIL = 0.025  # on either side of a 95 % interval

_Draws = npt.NDArray[np.intp]


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


def estimated_mean(values: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean with its percentile interval.

    Args:
        values: (photographs,), at least one.
    """
    drawn = _resampled(len(values), lambda places: float(values[places].mean()))
    return _percentile_interval(float(values.mean()), drawn)


def estimated_calibration_error(probabilities: Scores, targets: Targets) -> Estimate:
    """Return the expected calibration error with its basic interval.

    The error of a sample is too large on average, as chance moves bins apart; that of a resample is so once more. The
    basic interval (value + value - quantile) takes the second step back; the percentile interval would double it.

    Args:
        probabilities: (photographs, classes), at least one photograph.
        targets: (photographs,) places of the true labels.
    """
    value = expected_calibration_error(probabilities, targets)
    drawn = _resampled(len(targets), lambda places: expected_calibration_error(probabilities[places], targets[places]))
    low, high = 2 * value - np.quantile(drawn, [1.0 - _TAIL, _TAIL])
    return Estimate(value, max(0.0, min(value, float(low))), max(value, float(high)))


def calibration_error_by_chance(probabilities: Scores) -> float:
    """Return the calibration error that perfect probabilities would exceed in this many photographs once in 20 times.

    Each photograph's best label is taken for right with its own probability. An error below this cannot be told from
    none: J. Bröcker and L. A. Smith, Weather and Forecasting 22 (2007) 651.

    Args:
        probabilities: (photographs, 2), at least one photograph: the best score is its probability.
    """
    random = np.random.default_rng(0)
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    errors = []
    for _ in range(RESAMPLES):
        right = random.random(len(sure)) < sure
        errors.append(expected_calibration_error(probabilities, np.where(right, best, 1 - best)))
    return float(np.quantile(errors, 0.95))


def estimated_auroc(positive: Scores, negative: Scores) -> Estimate:
    """Return the area under the ROC curve with its percentile interval, both sides drawn anew.

    Where the two sides do not overlap no resample does either, and the interval would be a point. Then the largest
    share of disorder that would not show in the smaller side with 2.5 % chance takes its place (C. J. Clopper and E. S.
    Pearson, Biometrika 26 (1934) 404).

    Args:
        positive: (any number above 0,) scores of what should score high.
        negative: (any number above 0,) scores of the others.
    """
    value = auroc(positive, negative)
    if value in (0.0, 1.0):
        unseen = 1.0 - _TAIL ** (1.0 / min(len(positive), len(negative)))
        return Estimate(value, max(0.0, value - unseen), min(1.0, value + unseen))
    random = np.random.default_rng(0)
    drawn = [
        auroc(random.choice(positive, len(positive)), random.choice(negative, len(negative))) for _ in range(RESAMPLES)
    ]
    return _percentile_interval(value, drawn)


def _resampled(count: int, statistic: Callable[[_Draws], float]) -> list[float]:
    random = np.random.default_rng(0)
    return [statistic(random.integers(0, count, count)) for _ in range(RESAMPLES)]


def _percentile_interval(value: float, drawn: list[float]) -> Estimate:
    low, high = np.quantile(drawn, [_TAIL, 1.0 - _TAIL])
    return Estimate(value, min(value, float(low)), max(value, float(high)))
