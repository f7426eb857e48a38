"""What the numbers say of a paper's claim: sentences made by rule, so that none can contradict its data."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["seen", "unclear", "not seen"]


@dataclass(frozen=True)
class Finding:
    """One claim, judged.

    Attributes:
        verdict: see `verdict_of`.
        sentence: begins with the verdict and gives the numbers that it rests on.
    """

    verdict: Verdict
    sentence: str

    def __post_init__(self) -> None:
        if self.verdict not in get_args(Verdict):
            raise ValueError(f"unknown verdict `{self.verdict}`")
        if not self.sentence.startswith(f"{self.verdict.capitalize()}: "):
            raise ValueError(f"the sentence must begin with its verdict, received `{self.sentence}`")


def find(effects: Sequence[float], statement: str) -> Finding:
    """Judge a claim and put the verdict before its statement.

    Args:
        effects: one per seed; above 0 where the seed shows the effect.
        statement: what was measured; must be true whatever the verdict.
    """
    verdict = verdict_of(effects)
    return Finding(verdict, f"{verdict.capitalize()}: {statement}")


def verdict_of(effects: Sequence[float]) -> Verdict:
    """Return `seen` if all seeds show the effect, `not seen` if none does, `unclear` in between or with one seed.

    Args:
        effects: one per seed; above 0 where the seed shows the effect.
    """
    shown = sum(effect > 0 for effect in effects)
    if len(effects) < 2:
        return "unclear"
    if shown == len(effects):
        return "seen"
    return "unclear" if shown else "not seen"


def in_seeds(effects: Sequence[float]) -> str:
    """Say how many seeds show an effect: `in 2 of 3 seeds`."""
    return f"in {sum(effect > 0 for effect in effects)} of {len(effects)} seed{'s' if len(effects) != 1 else ''}"


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean."""
    return statistics.fmean(values)


def mean_percent(shares: Sequence[float]) -> str:
    """Write the mean of shares as `12.3 %`."""
    return f"{100.0 * mean(shares):.1f} %"


def number(value: float) -> str:
    """Write a number with three significant digits, and thousands with commas: `0.217`, `14.2`, `1,520`."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"
