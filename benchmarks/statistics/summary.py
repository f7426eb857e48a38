"""Percentiles of measured times, without assuming a normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z95 = 1.959964  # 97.5th percentile of the normal distribution


@dataclass(frozen=True)
class TimeSummary:
    """Percentiles of measured times, seconds.

    `low` and `high` are the 95 % interval of the median within the processes that were measured: it is blind to what
    changes from one process to the next, which `benchmarks.statistics.rounds` sees.
    """

    count: int
    median_s: float
    low_s: float
    high_s: float
    p90_s: float
    p95_s: float
    p99_s: float


def summarize(times_s: Sequence[float]) -> TimeSummary:
    """Summarize times.

    The interval of the median is between order statistics (binomial, normal approximation), which assumes nothing about
    the distribution: G. J. Hahn and W. Q. Meeker, Statistical Intervals, 1991, section 5.2.

    Args:
        times_s: at least one, seconds.

    Raises:
        ValueError: there are none.
    """
    if not times_s:
        raise ValueError("no times to summarize")
    ordered = sorted(times_s)
    count = len(ordered)
    half_width = _Z95 * math.sqrt(count) / 2
    low = max(0, math.floor(count / 2 - half_width) - 1)
    high = min(count - 1, math.ceil(count / 2 + half_width))
    return TimeSummary(
        count=count,
        median_s=percentile(ordered, 0.5),
        low_s=ordered[low],
        high_s=ordered[high],
        p90_s=percentile(ordered, 0.9),
        p95_s=percentile(ordered, 0.95),
        p99_s=percentile(ordered, 0.99),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Interpolate linearly between order statistics (type 7 of Hyndman and Fan, 1996).

    Args:
        ordered: ascending, at least one.
        share: 0..1.
    """
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
