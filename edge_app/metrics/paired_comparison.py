"""Two classifiers on the same photographs: is the difference of their accuracies more than chance?

Both saw the same photographs, so only those count on which one is right and the other wrong. The interval of a single
accuracy says nothing here: it is far wider than that of the difference. Photographs of one group (frames of a video,
near copies) are no independent evidence: chance then moves whole groups, and a photograph by itself is a group of one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import (
    FEWEST_GROUPS,
    independent_photographs,
    numbered_groups,
    photographs_in_groups,
    too_few_groups,
)

RESAMPLES = 10_000
"""Of the bootstrap."""

NO_DIFFERENCE = 0.005
"""Half a point of accuracy: an interval within ± this is "no measurable difference"."""

FEWEST_DIFFERENT = FEWEST_GROUPS
"""Photographs, or groups, on which the classifiers must differ before the test can find anything."""

_TAIL = 0.025  # on either side of a 95 % interval

Rights = npt.NDArray[np.bool_]
_Counts = npt.NDArray[np.int64]


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
        p_value: of McNemar's exact test, 0..1, over groups: see `sign_flip_p_value`.
        groups: that the photographs are in; as many as photographs where each is by itself.
        groups_different: in which one of the two is right more often.
        independent: photographs that say as much as these, see `independent_photographs`.
    """

    photographs: int
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float
    groups: int
    groups_different: int
    independent: float

    @classmethod
    def of(
        cls,
        first_right: Rights,
        second_right: Rights,
        groups: Sequence[Hashable] | None = None,
        resamples: int = RESAMPLES,
        seed: int = 0,
    ) -> PairedComparison:
        """Compare.

        Args:
            first_right: (photographs,) whether the first classifier is right.
            second_right: (photographs,) the same of the second.
            groups: (photographs,) that they are in, by any names; None: each is by itself.
            resamples: of the bootstrap.
            seed: of the bootstrap.

        Raises:
            ValueError: there are no photographs, or not the same number.
        """
        if first_right.shape != second_right.shape or first_right.ndim != 1 or not len(first_right):
            raise ValueError(f"two of (photographs,) are needed, received {first_right.shape} and {second_right.shape}")
        count = len(first_right)
        places = numbered_groups(range(count) if groups is None else groups)
        if len(places) != count:
            raise ValueError(f"the groups of {count} photographs are needed, received {len(places)}")
        only_first, only_second = first_right & ~second_right, second_right & ~first_right
        gains = np.bincount(places, only_second.astype(float) - only_first).astype(np.int64)  # (groups,)
        low, high = bootstrap_interval(gains, np.bincount(places), resamples, seed)
        return cls(
            photographs=count,
            only_first=int(only_first.sum()),
            only_second=int(only_second.sum()),
            difference=int(gains.sum()) / count,
            low=low,
            high=high,
            p_value=sign_flip_p_value(gains),
            groups=len(gains),
            groups_different=int(np.count_nonzero(gains)),
            independent=independent_photographs(places),
        )

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
        """They differ in too few groups for any test, in these no more one way than chance, and by one at the most.

        One of fewer than six sessions may be half of all photographs: such a difference is not small, but open.
        """
        if not self.groups_different:
            return True
        if self.too_few_groups:
            return False
        different = abs(self.only_second - self.only_first)
        at_most_one = different * self.independent <= self.photographs  # of the independent photographs
        return self.groups_different < FEWEST_DIFFERENT and self.p_value == 1.0 and at_most_one

    @property
    def too_few_groups(self) -> bool:
        """Whether the photographs are in groups, and in too few of them for any test."""
        return too_few_groups(self.photographs, self.groups, self.independent)

    @property
    def compared_on(self) -> str:
        """How many photographs, and in how many groups where some are not by themselves."""
        return photographs_in_groups(self.photographs, self.groups)

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


def sign_flip_p_value(gains: _Counts) -> float:
    """Return the two-sided p-value of the exact sign-flip test over groups, 0..1; 1 where no group gains or loses.

    If both classifiers are equally good, each group's gain is as likely to be a loss: of all ways to choose the signs,
    the share whose sum is at least as far from 0 (R. A. Fisher, The Design of Experiments, 1935, section 21). Of
    photographs by themselves this is McNemar's exact test.

    Args:
        gains: (groups,) photographs on which only the second classifier is right, less those with only the first.
    """
    sizes = np.abs(gains[gains != 0])
    unit = int(np.gcd.reduce(sizes)) if len(sizes) else 1
    if not (sizes > unit).any():
        return mcnemar_p_value(int((gains < 0).sum()), int((gains > 0).sum()))
    sizes //= unit
    total = int(sizes.sum())
    chances = np.zeros(total + 1)  # that the positive ones of these sizes add up to 0, 1, … total
    chances[0] = 1.0
    for size in sizes:
        flipped = np.zeros_like(chances)
        flipped[size:] = chances[:-size]
        chances = (chances + flipped) / 2
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(chances[np.abs(sums) >= abs(int(gains.sum())) // unit].sum()))


def bootstrap_interval(
    gains: _Counts, sizes: _Counts, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of the difference of the accuracies, second minus first.

    Groups are drawn anew with replacement, whole (A. C. Davison and D. V. Hinkley, Bootstrap Methods and their
    Application, 1997, section 3.8; of photographs by themselves: B. Efron and R. J. Tibshirani, An Introduction to the
    Bootstrap, 1993, section 13.3). Only their kinds count, so the draws are multinomial, which is the same.

    Where no group gains or loses, no resample does, and the interval would be a point; then the largest share of
    one-sided differences that would show nothing in this many independent photographs with 2.5 % chance takes its place
    on either side (C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404). It is added on either side too where
    groups are worth fewer than `FEWEST_GROUPS` independent photographs, of which resamples are too much alike.

    Args:
        gains: (groups,) photographs on which only the second classifier is right, less those with only the first.
        sizes: (groups,) photographs of each, at least 1.
        resamples: at least 1.
        seed: of the draws.
    """
    photographs = int(sizes.sum())
    independent = photographs**2 / int((sizes**2).sum())
    unseen = 1.0 - _TAIL ** (1.0 / independent)
    if not gains.any():
        return -unseen, unseen
    kinds, counts = _kinds(gains, sizes)
    shares = counts / len(gains)
    drawn = np.random.default_rng(seed).multinomial(len(gains), shares, resamples)  # (resamples, kinds)
    low, high = np.quantile((drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1]), [_TAIL, 1.0 - _TAIL])
    if too_few_groups(photographs, len(gains), independent):
        difference = int(gains.sum()) / photographs
        return max(-1.0, min(float(low), difference - unseen)), min(1.0, max(float(high), difference + unseen))
    return float(low), float(high)


def _kinds(gains: _Counts, sizes: _Counts) -> tuple[_Counts, _Counts]:
    """Return (kinds, 2) gain and size, and (kinds,) how many groups are so; without a gain last, if only by name.

    The last kind needs no draws, so it should be the commonest; and the draws are the same for the same photographs.
    """
    kinds, counts = np.unique(np.stack([gains == 0, gains, sizes], axis=1), axis=0, return_counts=True)
    if not kinds[-1, 0]:
        kinds, counts = np.append(kinds, [[1, 0, 1]], axis=0), np.append(counts, 0)
    return kinds[:, 1:], counts
