"""Accuracy with its interval, and on which photographs it was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    def from_counts(cls, correct: int, photographs: int, data: str) -> MeasuredAccuracy:
        """Build from counts, with Wilson's score interval, which stays inside 0..1 and correct near 100 %.

        Formula: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.

        Args:
            correct: 0..photographs.
            photographs: at least 1.
            data: what was measured on.

        Raises:
            ValueError: the counts are impossible.
        """
        if not 0 <= correct <= photographs or photographs < 1:
            raise ValueError(f"{correct} correct of {photographs} photographs is impossible")
        share = correct / photographs
        spread = _Z95**2 / photographs
        middle = (share + spread / 2) / (1 + spread)
        half = _Z95 / (1 + spread) * math.sqrt(share * (1 - share) / photographs + spread / (4 * photographs))
        low, high = max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
        return cls(share, low, high, photographs, data)
