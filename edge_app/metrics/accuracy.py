"""Accuracy with its interval, and on which photographs it was measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

FEWEST_GROUPS = 6
"""Groups before a test over them can find any difference at 5 %: that all change for the better has 2 · 0.5⁶ = 0.03."""

OUT_OF_FOLD_WORTH = 0.7
"""What an answer out of fold is worth for the interval, in independent answers.

The heads of the folds share photographs, so their faults go together, and no estimator of that is without bias (Y.
Bengio, Y. Grandvalet, JMLR 5 (2004) 1089-1105). The number is measured: with it, stated intervals held in at least nine
of ten draws of 3 to 100 photographs per class (`benchmarks experiment few`); with 1 they held in 87 to 96 of a hundred.
"""

_Z95 = 1.959964  # 97.5th percentile of the normal distribution


@dataclass(frozen=True)
class MeasuredAccuracy:
    """Top-1 accuracy with its 95 % interval (all 0..1), and on what it was measured."""

    top1: float
    low: float
    high: float
    photographs: int
    data: str

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.top1 <= self.high <= 1.0:
            raise ValueError(f"accuracy {self.top1} is not inside its interval {self.low}..{self.high} within 0..1")

    def __str__(self) -> str:
        return f"{self.top1:.1%} ({self.low:.1%} to {self.high:.1%})"

    @classmethod
    def from_counts(
        cls, correct: int, photographs: int, data: str, independent: float | None = None
    ) -> MeasuredAccuracy:
        """Build from counts, with Wilson's score interval, which stays inside 0..1 and correct near 100 %.

        Formula: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.

        Args:
            correct: 0..photographs.
            photographs: at least 1.
            data: what was measured on.
            independent: so many photographs would say as much if they had nothing to do with each other, see
                `independent_photographs`; None: these have not.

        Raises:
            ValueError: the counts are impossible.
        """
        if not 0 <= correct <= photographs or photographs < 1:
            raise ValueError(f"{correct} correct of {photographs} photographs is impossible")
        share = correct / photographs
        count = photographs if independent is None else independent
        spread = _Z95**2 / count
        middle = (share + spread / 2) / (1 + spread)
        half = _Z95 / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
        low, high = max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
        return cls(share, low, high, photographs, data)


def independent_photographs(groups: Iterable[Hashable]) -> float:
    """Return how many independent photographs say as much as these, if those of a group are all right or all wrong.

    That is the worst that groups can do: (Σ size)² / Σ size², the number of groups where all are of one size. Formula:
    L. Kish, Survey Sampling (1965), effective sample size for unequal weights.

    Args:
        groups: of each photograph.
    """
    sizes = Counter(groups).values()
    return sum(sizes) ** 2 / sum(size**2 for size in sizes)


def too_few_groups(photographs: int, groups: int, independent: float) -> bool:
    """Tell whether photographs are in groups that are worth fewer than `FEWEST_GROUPS` independent photographs.

    Args:
        photographs: how many.
        groups: as many as photographs where each is by itself: few photographs by themselves are not meant.
        independent: see `independent_photographs`.
    """
    return groups < photographs and independent < FEWEST_GROUPS


def numbered_groups(groups: Iterable[Hashable]) -> tuple[int, ...]:
    """Return (photographs,) the number of each photograph's group: 0, 1, … in the order in which they first occur.

    Args:
        groups: of each photograph, by any names.
    """
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(group, len(numbers)) for group in groups)


def shared_groups(keys: Sequence[Hashable]) -> tuple[int, ...]:
    """Return the groups of photographs as `numbered_groups` does; empty: each is by itself.

    Args:
        keys: of the group of each photograph.
    """
    return numbered_groups(keys) if len(set(keys)) < len(keys) else ()


def photographs_in_groups(photographs: int, groups: int) -> str:
    """Say how many photographs there are, and in how many groups where some are not by themselves."""
    return f"{photographs:,} photographs" + (f" in {groups:,} groups" if groups < photographs else "")


def cross_validation_words(folds: int, photographs: int, folder: str) -> str:
    """Say on what an accuracy was measured: `5-fold cross-validation on 150 photographs of flowers`.

    `is_cross_validation` knows it again.
    """
    return f"{folds}-fold cross-validation on {photographs:,} photographs of {folder}"


def is_cross_validation(data: str) -> bool:
    """Whether an accuracy was measured by cross-validation, as the words for its photographs say.

    Such a model was trained on all of these photographs: its own accuracy on them says nothing.
    """
    return "-fold cross-validation on " in data
