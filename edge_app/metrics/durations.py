"""Percentiles of ever so many durations in a fixed amount of memory: a run may last for weeks."""

from __future__ import annotations

import math

_SHORTEST_S = 1e-6
_LONGEST_S = 1e4
_STEP = 1.01  # a bin is 1 % wide: what comes out is within 0.5 % of what went in
_BINS = math.ceil(math.log(_LONGEST_S / _SHORTEST_S) / math.log(_STEP)) + 1


class Durations:
    """Counts durations in bins of 1 %, from a microsecond to three hours; shorter and longer ones count at the ends."""

    def __init__(self) -> None:
        self.count = 0
        self._counts = [0] * _BINS

    def add(self, duration_s: float) -> None:
        """Count one, seconds."""
        place = 0 if duration_s <= _SHORTEST_S else int(math.log(duration_s / _SHORTEST_S) / math.log(_STEP))
        self._counts[min(place, _BINS - 1)] += 1
        self.count += 1

    def quantile_s(self, share: float) -> float:
        """Return the duration that a share (0..1) of all does not exceed, within 0.5 %.

        Raises:
            ValueError: nothing was counted.
        """
        if not self.count:
            raise ValueError("no durations were counted")
        wanted, so_far = max(1, math.ceil(share * self.count)), 0
        for place, count in enumerate(self._counts):
            so_far += count
            if so_far >= wanted:
                return _SHORTEST_S * math.pow(_STEP, place + 0.5)
        raise AssertionError("the counts add up to the count")
