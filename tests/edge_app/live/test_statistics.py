"""Percentiles in a fixed amount of memory agree with those of all the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.live.statistics import Durations


@given(st.lists(st.floats(1e-5, 1e3), min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_within_half_a_percent_of_the_true_one(values: list[float], share: float) -> None:
    durations = Durations()
    for value in values:
        durations.add(value)
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    assert durations.quantile_s(share) == pytest.approx(true, rel=0.0051)


def test_nothing_counted_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="no durations"):
        Durations().quantile_s(0.5)


def test_absurd_durations_count_at_the_ends() -> None:
    durations = Durations()
    for value in (-1.0, 0.0, 1e9):
        durations.add(value)
    assert durations.quantile_s(0.1) < 2e-6
    assert durations.quantile_s(1.0) > 9e3
