"""Two classifiers on the same photographs: is the difference of their accuracies more than chance?

Both saw the same photographs, so only those count on which one is right and the other wrong. The interval of a single
accuracy says nothing here: it is far wider than that of the difference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 10_000
"""Of the bootstrap."""

NO_DIFFERENCE = 0.005
"""Half a point of accuracy: an interval within ± this is "no measurable difference"."""

FEWEST_DIFFERENT = 6
"""Photographs on which the classifiers must differ before McNemar's test can find anything at 5 %: 2 · 0.5⁶ = 0.03."""

_TAIL = 0.025  # on either side of a 95 % interval

Rights = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PairedComparison:
    """How a second classifier differs from a first one.

    Attributes:
        photographs: that both saw.
        only_first: on which only the first one is right.
        only_second: on which only the second one is right.
        difference: accuracy of the second minus that of the first, -1..1.
        low: of the 95 % interval of the difference.
        high: see `low`.
        p_value: of McNemar's exact test, 0..1.
    """

    photographs: int
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float

    @classmethod
    def of(
        cls, first_right: Rights, second_right: Rights, resamples: int = RESAMPLES, seed: int = 0
    ) -> PairedComparison:
        """Compare.

        Args:
            first_right: (photographs,) whether the first classifier is right.
            second_right: (photographs,) the same of the second.
            resamples: of the bootstrap.
            seed: of the bootstrap.

        Raises:
            ValueError: there are no photographs, or not the same number.
        """
        if first_right.shape != second_right.shape or first_right.ndim != 1 or not len(first_right):
            raise ValueError(f"two of (photographs,) are needed, received {first_right.shape} and {second_right.shape}")
        only_first = int((first_right & ~second_right).sum())
        only_second = int((second_right & ~first_right).sum())
        count = len(first_right)
        low, high = bootstrap_interval(only_first, only_second, count, resamples, seed)
        difference = (only_second - only_first) / count
        return cls(count, only_first, only_second, difference, low, high, mcnemar_p_value(only_first, only_second))

    @property
    def verdict(self) -> str:
        """Say in words what the interval allows."""
        if self.low > 0.0:
            return "more accurate"
        if self.high < 0.0:
            return "less accurate"
        if max(-self.low, self.high) <= NO_DIFFERENCE or self._is_balanced:
            return "no measurable difference"
        return "undecided"

    @property
    def _is_balanced(self) -> bool:
        """They differ on too few photographs for any test, and on these no more one way than the other."""
        different = self.only_first + self.only_second
        return different < FEWEST_DIFFERENT and abs(self.only_second - self.only_first) <= different % 2

    def __str__(self) -> str:
        return f"{100 * self.difference:+.2f} points ({100 * self.low:+.2f} to {100 * self.high:+.2f})"

    def to_json(self) -> dict[str, Any]:
        """Return the fields and the verdict."""
        return {**asdict(self), "verdict": self.verdict}


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test, 0..1; 1 where the classifiers never differ.

    If both are equally good, each photograph on which they differ falls to either like a coin: twice the tail of the
    binomial distribution with one half. Q. McNemar, Psychometrika 12 (1947) 153; the exact form: A. Agresti,
    Categorical Data Analysis, 2nd edition, section 10.1.4.

    Args:
        only_first: photographs on which only the first classifier is right.
        only_second: photographs on which only the second one is.
    """
    count, fewer = only_first + only_second, min(only_first, only_second)
    tail = ways = 1
    for number in range(fewer):
        ways = ways * (count - number) // (number + 1)  # the binomial coefficient of the next one
        tail += ways
    return min(1.0, 2 * tail / (1 << count))


def bootstrap_interval(
    only_first: int, only_second: int, photographs: int, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of the difference of the accuracies, second minus first.

    Photographs are drawn anew with replacement; only three kinds of them count, so the draws are multinomial, which is
    the same. B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. Where the classifiers
    never differ, no resample does, and the interval would be a point; then the largest share of one-sided differences
    that would show nothing in this many photographs with 2.5 % chance takes its place on either side (C. J. Clopper and
    E. S. Pearson, Biometrika 26 (1934) 404).

    Args:
        only_first: photographs on which only the first classifier is right.
        only_second: photographs on which only the second one is.
        photographs: of all, at least 1.
        resamples: at least 1.
        seed: of the draws.
    """
    if only_first == only_second == 0:
        unseen = 1.0 - _TAIL ** (1.0 / photographs)
        return -unseen, unseen
    shares = np.array([only_first, only_second, photographs - only_first - only_second]) / photographs
    drawn = np.random.default_rng(seed).multinomial(photographs, shares, size=resamples)
    low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / photographs, [_TAIL, 1.0 - _TAIL])
    return float(low), float(high)
