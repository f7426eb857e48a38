"""How many more photographs are needed? What the last doubling brought says what the next one may bring, at most."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import FEWEST_GROUPS, independent_photographs
from edge_app.metrics.paired_comparison import Rights

DOUBLING_WORTH = 0.5
"""What an answer out of fold is worth here, in independent answers: the heads of the folds share photographs, and so do
halves and wholes. Chosen so that the interval holds in nine of ten draws: tests/edge_app/teaching/test_more.py."""

_DRAWS, _JEFFREYS = 10_000, 0.5
_TAIL = 0.025  # on either side of a 95 % interval
_WORTH_SAYING = 0.005  # of accuracy

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Doubling:
    """What twice as many photographs would bring.

    A learning curve of errors a·nᵇ loses the same share of its errors with each doubling, and one that flattens loses
    less (C. Cortes et al., Learning Curves: Asymptotic Values and Rate of Convergence, NIPS 1993). So the share that
    the last doubling took, taken once more, is what the next one takes at most.

    Attributes:
        half: accuracy out of fold, of heads that learned from half of the photographs, 0..1.
        whole: the same from all.
        low: gain of accuracy from twice as many, lower end of its 95 % interval, 0..1.
        high: see `low`.
    """

    half: float
    whole: float
    low: float
    high: float

    @classmethod
    def of(
        cls, half_right: Rights, right: Rights, groups: Sequence[Hashable] | None = None, seed: int = 0
    ) -> Doubling | None:
        """Estimate the gain.

        The shares of photographs that both kinds of heads get right, or one of them, or neither, are drawn from their
        posterior with Jeffreys' prior (a Dirichlet distribution), so that no errors among few photographs do not say
        that there are none.

        Args:
            half_right: (photographs,) where heads are right that learned from half of the photographs.
            right: (photographs,) the same from all.
            groups: (photographs,) that they are in; None: each is by itself.
            seed: of the draws.

        Returns:
            None: there are too few groups for any interval.
        """
        worth = independent_photographs(range(len(right)) if groups is None else groups) * DOUBLING_WORTH
        if worth < FEWEST_GROUPS:
            return None
        both, whole, half, none = (float(one.mean()) for one in _outcomes(half_right, right))
        shares = np.random.default_rng(seed).dirichlet(
            [worth * share + _JEFFREYS for share in (both, whole, half, none)], _DRAWS
        )
        errors, half_errors = shares[:, 2] + shares[:, 3], shares[:, 1] + shares[:, 3]
        low, high = np.quantile(_next_gain(errors, half_errors), [_TAIL, 1.0 - _TAIL])
        return cls(float(half_right.mean()), float(right.mean()), float(low), float(high))

    def __str__(self) -> str:
        learned = f"a linear head gets {self.half:.1%} right with half of the photographs, {self.whole:.1%} with all"
        if self.high < _WORTH_SAYING:
            return f"{learned}: more of the same kind would bring little"
        low, high = round(100 * self.low), max(1, round(100 * self.high))
        points = f"{low} to {high} points" if high > 1 else "up to 1 point"
        return f"{learned}: twice as many would bring {points} more (95 %)"


def _outcomes(half_right: Rights, right: Rights) -> tuple[Rights, Rights, Rights, Rights]:
    """Return where both are right, only heads that learned from all, only those that learned from half, and neither."""
    return half_right & right, ~half_right & right, half_right & ~right, ~half_right & ~right


def _next_gain(errors: _Floats, half_errors: _Floats) -> _Floats:
    """Return the gain of accuracy where the next doubling takes the same share of the errors as the last one."""
    kept = np.divide(errors, half_errors, out=np.ones_like(errors), where=half_errors > 0)
    return np.asarray(errors * np.clip(1.0 - kept, 0.0, None))
