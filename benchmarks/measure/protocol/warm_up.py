"""Warm-up: run until the times no longer change, instead of a fixed number of runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TOLERANCE = 0.03
"""Of the median: successive windows that differ by less agree."""

CAP_S = 3.0
"""After this the machine is called unsettled, and measured as it is."""

_AGREEING = 3
_WINDOW_S = 0.02
_WINDOW_RUNS = 5


@dataclass(frozen=True)
class WarmUp:
    """How a file warmed up.

    Attributes:
        runs: until its times were stable.
        duration_s: likewise.
        settled: the last windows agreed; otherwise the cap ended it.
        run_s: median of the last window.
    """

    runs: int
    duration_s: float
    settled: bool
    run_s: float


def warm_up(run: Callable[[], None], cap_s: float = CAP_S) -> WarmUp:
    """Run until the medians of three successive windows agree.

    Args:
        run: one run.
        cap_s: at most so long, but one window at least.
    """
    begin_s = time.perf_counter()
    medians: list[float] = []
    runs = 0
    while True:
        window = _window(run)
        runs += len(window)
        medians.append(statistics.median(window))
        passed_s = time.perf_counter() - begin_s
        settled = agree(medians)
        if settled or passed_s >= cap_s:
            return WarmUp(runs, passed_s, settled, medians[-1])


def agree(medians: Sequence[float], tolerance: float = TOLERANCE) -> bool:
    """Tell whether the last three medians of windows lie within a tolerance of each other.

    Args:
        medians: in order, seconds.
        tolerance: as a share of the smallest.
    """
    last = medians[-_AGREEING:]
    return len(last) == _AGREEING and max(last) <= (1 + tolerance) * min(last)


def _window(run: Callable[[], None]) -> list[float]:
    times_s: list[float] = []
    begin_s = time.perf_counter()
    while len(times_s) < _WINDOW_RUNS or time.perf_counter() - begin_s < _WINDOW_S:
        start_s = time.perf_counter()
        run()
        times_s.append(time.perf_counter() - start_s)
    return times_s
