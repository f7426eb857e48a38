"""Is one file faster than another? The answer counts rounds, not runs, and may be "cannot tell"."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.statistics.student import detectable, t_quantile

WITHIN = 0.99
"""Of the interval that must leave out 0. Equal files are then called different once in 100 comparisons, not in 20."""

POWER = 0.9
"""How often the smallest visible difference would be seen."""

INVOCATION_SHIFT = 0.03
"""Standard deviation of what a separate run adds to the logarithm of all its times (clock, neighbours, memory), which
its rounds cannot show because they share it. `fieldlens bench experiment sensitivity` measures it."""

FASTER, SLOWER, CANNOT_TELL = "faster", "slower", "cannot tell"

Blocks = Sequence[Sequence[float]]

_LEAST_BLOCKS = 3
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Comparison:
    """How the second side compares with the first.

    Attributes:
        ratio: of the second's time to the first's.
        low: end of the 99 % interval of the ratio; 0 where one round cannot give one.
        high: end of the 99 % interval of the ratio; infinite where one round cannot give one.
        smallest: difference that would have been seen nine times in ten, as a share; infinite: none.
        paired: both were measured in turns in the same processes.
    """

    ratio: float
    low: float
    high: float
    smallest: float
    paired: bool

    @property
    def verdict(self) -> str:
        """The second side is faster, slower, or which of the two cannot be told."""
        if self.low > 1:
            return SLOWER
        return FASTER if self.high < 1 else CANNOT_TELL


def compare_paired(log_ratios: Sequence[float]) -> Comparison:
    """Compare files that took turns in the same rounds.

    Student's t over rounds. What slows a round slows both files and leaves their ratio alone.

    Args:
        log_ratios: per round, logarithm of the second's time to the first's; see `round_log_ratio`.
    """
    count = len(log_ratios)
    middle = statistics.fmean(log_ratios)
    if count < 2:
        return _comparison(middle, math.inf, 1, paired=True)
    return _comparison(middle, statistics.stdev(log_ratios) / math.sqrt(count), count - 1, paired=True)


def compare_separate(first_logs: Sequence[float], second_logs: Sequence[float], shift: float) -> Comparison:
    """Compare files of separate runs.

    Welch's t over rounds, with an allowance for what differs from run to run.

    Args:
        first_logs: logarithm of each round's median.
        second_logs: the same, of the second side.
        shift: standard deviation of a run's shift; see `INVOCATION_SHIFT`.
    """
    difference = statistics.fmean(second_logs) - statistics.fmean(first_logs)
    if min(len(first_logs), len(second_logs)) < 2:
        return _comparison(difference, math.inf, 1, paired=False)
    parts = [statistics.variance(logs) / len(logs) for logs in (first_logs, second_logs)]
    variance = sum(parts) + 2 * shift**2
    # Welch and Satterthwaite; the allowance is taken as known and weighs on the side of more degrees.
    squared = sum(part**2 / (len(logs) - 1) for part, logs in zip(parts, (first_logs, second_logs), strict=True))
    degrees = int(min(200.0, variance**2 / squared)) if squared > 0 else 200
    return _comparison(difference, math.sqrt(variance), max(1, degrees), paired=False)


def round_log_ratio(first_s: Blocks, second_s: Blocks) -> float:
    """Return the logarithm of the second's time to the first's in one round.

    The median over passes of the ratio of block medians: a slow spell meets both blocks of its passes, or is outvoted.

    Args:
        first_s: times of a file, seconds, block by block.
        second_s: times of another one, or the same again; its blocks took turns with those of the first.
    """
    pairs = list(zip(map(statistics.median, first_s), map(statistics.median, second_s), strict=False))
    if len(pairs) < _LEAST_BLOCKS:
        return log_of_median(_joined(second_s)) - log_of_median(_joined(first_s))
    return statistics.median(math.log(theirs / ours) for ours, theirs in pairs)


def log_of_median(times_s: Sequence[float]) -> float:
    """Return the logarithm of the median of times in seconds."""
    return math.log(statistics.median(times_s))


def _joined(blocks_s: Blocks) -> list[float]:
    return [time_s for block in blocks_s for time_s in block]


def _comparison(difference: float, error: float, degrees: int, *, paired: bool) -> Comparison:
    if math.isinf(error):
        return Comparison(_exp(difference), 0.0, math.inf, math.inf, paired)
    half_width = t_quantile(WITHIN, degrees) * error
    seen = detectable(WITHIN, POWER, degrees) * error
    low, high = _exp(difference - half_width), _exp(difference + half_width)
    return Comparison(_exp(difference), low, high, _exp(seen) - 1, paired)


def _exp(value: float) -> float:
    return math.exp(value) if value < _LARGEST_EXPONENT else math.inf
