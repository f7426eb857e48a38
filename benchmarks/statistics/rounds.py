"""Medians of times that came in rounds: runs of one process are alike, so they say less than their number suggests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from benchmarks.statistics.student import t_quantile

RESAMPLES = 500
"""The standard error of their logarithm is then known to 3 %."""

_WITHIN = 0.95
_MOST_TIMES = 400  # of a round, in a resample: fewer than there are make the interval wider, never narrower


@dataclass(frozen=True)
class MedianOverRounds:
    """The median of all times, and where it would lie in other rounds; None: one round tells nothing about others.

    Attributes:
        median_s: of all times, seconds.
        low_s: end of the 95 % interval.
        high_s: end of the 95 % interval.
        spread: standard deviation of the rounds' medians, as a share of the median.
    """

    median_s: float
    low_s: float | None
    high_s: float | None
    spread: float | None


def median_over_rounds(
    rounds: Sequence[Sequence[float]], seed: int = 0, resamples: int = RESAMPLES
) -> MedianOverRounds:
    """Estimate the median and its 95 % interval by a bootstrap of rounds, then of times within them.

    With as few as five rounds the percentiles of the bootstrap hold the truth in 85 of 100 cases only: it draws from
    the rounds that happened, and their variance is (n - 1) / n of the true one. So the bootstrap gives the standard
    error of the logarithm, which is corrected for that, and Student's t with n - 1 degrees of freedom gives the width.
    For the bootstrap in two steps see A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997,
    section 3.8.

    Args:
        rounds: times, seconds, each at least one.
        seed: of the resamples.
        resamples: how many.
    """
    return _median_over_rounds(tuple(tuple(one) for one in rounds), seed, resamples)


@lru_cache(maxsize=64)
def _median_over_rounds(rounds: tuple[tuple[float, ...], ...], seed: int, resamples: int) -> MedianOverRounds:
    arrays = [np.asarray(one) for one in rounds]
    median_s = float(np.median(np.concatenate(arrays)))
    count = len(arrays)
    if count < 2:
        return MedianOverRounds(median_s, None, None, None)
    logs = np.log([np.median(one) for one in arrays])
    error = float(np.std(np.log(_resampled_medians(arrays, seed, resamples)))) * math.sqrt(count / (count - 1))
    half_width = t_quantile(_WITHIN, count - 1) * error
    low_s, high_s = median_s * math.exp(-half_width), median_s * math.exp(half_width)
    return MedianOverRounds(median_s, low_s, high_s, float(np.std(logs, ddof=1)))


def _resampled_medians(arrays: Sequence[npt.NDArray[np.float64]], seed: int, resamples: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    medians = np.empty(resamples)
    for number in range(resamples):
        drawn = [arrays[place] for place in rng.integers(len(arrays), size=len(arrays))]
        times = [one[rng.integers(len(one), size=min(len(one), _MOST_TIMES))] for one in drawn]
        medians[number] = np.median(np.concatenate(times))
    return medians
