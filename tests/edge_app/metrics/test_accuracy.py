"""Promises of the interval of an accuracy, with published numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.metrics.accuracy import MeasuredAccuracy


def test_a_worked_example() -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I: 81 of 263 by Wilson's method."""
    found = MeasuredAccuracy.from_counts(81, 263, "table I")
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_none_wrong_is_not_certain() -> None:
    found = MeasuredAccuracy.from_counts(20, 20, "x")
    assert found.high == 1.0
    assert found.low == pytest.approx(0.8389, abs=5e-5)  # table I: 0 of 20 is 0 to 0.1611


@given(st.integers(1, 5000), st.data())
def test_the_interval_holds_the_share_and_is_within_bounds(photographs: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, photographs))
    found = MeasuredAccuracy.from_counts(correct, photographs, "x")
    assert 0.0 <= found.low <= found.top1 <= found.high <= 1.0
    mirror = MeasuredAccuracy.from_counts(photographs - correct, photographs, "x")
    assert found.low == pytest.approx(1.0 - mirror.high, abs=1e-9)


@pytest.mark.parametrize(("correct", "photographs"), [(-1, 3), (4, 3), (0, 0)])
def test_impossible_counts_are_refused(correct: int, photographs: int) -> None:
    with pytest.raises(ValueError, match="impossible"):
        MeasuredAccuracy.from_counts(correct, photographs, "x")
