"""Two stretches of one time series: by how much did it change, when neighbouring values resemble each other?

Seconds of a benchmark are not independent: heat, clocks and other programs last longer than one. Drawing single seconds
anew would give intervals that are far too narrow, so stretches of neighbours are drawn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from benchmarks.estimates import Estimate

RESAMPLES = 2000

_TAIL = 0.025  # on either side of a 95 % interval
_MOST_AUTOCORRELATION = 0.95  # above it the formula for the length asks for longer blocks than there are values
_FEWEST_BLOCKS = 3

Series = npt.NDArray[np.float64]


def autocorrelation(series: Series) -> float:
    """Return how much a value resembles the next one, 0..0.95: the lag-1 autocorrelation; negative ones count as 0.

    Args:
        series: (values,) in the order of time, at least one.
    """
    centred = series - series.mean()
    spread = float((centred**2).sum())
    if len(series) < 3 or spread == 0.0:
        return 0.0
    return min(_MOST_AUTOCORRELATION, max(0.0, float((centred[1:] * centred[:-1]).sum()) / spread))


def independent_values(series: Series) -> float:
    """Return as how many independent values the series counts, at least 1.

    n (1 - r) / (1 + r) for a first-order autoregression: G. V. Bayley and J. M. Hammersley, J. R. Stat. Soc. Supplement
    8 (1946) 184.
    """
    alike = autocorrelation(series)
    return max(1.0, len(series) * (1.0 - alike) / (1.0 + alike))


def block_length(series: Series) -> int:
    """Return how many neighbours to draw together, at most a third of all.

    The best length for the variance of a mean of a first-order autoregression: E. Carlstein, Annals of Statistics 14
    (1986) 1171, with the constant of overlapping blocks (H. R. Künsch, Annals of Statistics 17 (1989) 1217).
    """
    alike = autocorrelation(series)
    best = (math.sqrt(6.0) * alike / (1.0 - alike**2)) ** (2 / 3) * len(series) ** (1 / 3)
    return max(1, min(int(math.ceil(best)), len(series) // _FEWEST_BLOCKS))


def ratio_of_medians(before: Series, after: Series) -> Estimate:
    """Return median(after) / median(before) with its 95 % percentile interval, from blocks drawn on a ring.

    The ring gives the values at the ends their share: D. N. Politis and J. P. Romano, in Exploring the Limits of
    Bootstrap, 1992, 263. It is an interval of this one run: another run may differ by more. With fewer than a dozen
    `independent_values` on a side it is too narrow.

    Args:
        before: (values,) above 0, in the order of time.
        after: see `before`; the number of values may differ.
    """
    random = np.random.default_rng(0)
    value = float(np.median(after) / np.median(before))
    drawn = _medians(after, random) / _medians(before, random)
    low, high = np.quantile(drawn, [_TAIL, 1.0 - _TAIL])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _medians(series: Series, random: np.random.Generator) -> Series:
    count, length = len(series), block_length(series)
    starts = random.integers(0, count, (RESAMPLES, -(-count // length), 1))
    places = (starts + np.arange(length)).reshape(RESAMPLES, -1)[:, :count] % count
    medians: Series = np.median(series[places], axis=1)
    return medians
