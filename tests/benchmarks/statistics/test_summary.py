"""Promises of the statistics, against numpy and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.statistics.summary import percentile, summarize

TIMES = st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=200)


@given(TIMES, st.floats(0, 1))
def test_percentiles_are_those_of_numpy(times: list[float], share: float) -> None:
    assert percentile(sorted(times), share) == pytest.approx(float(np.quantile(times, share)), rel=1e-9)


@given(TIMES)
def test_a_summary_is_in_order(times: list[float]) -> None:
    found = summarize(times)
    assert found.count == len(times)
    assert min(times) <= found.low_s <= found.median_s <= found.high_s <= max(times)
    assert found.median_s <= found.p90_s <= found.p95_s <= found.p99_s


def test_the_interval_holds_the_true_median_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(0)
    true_median = float(np.log(2.0))  # of the exponential distribution
    held = 0
    for _ in range(1000):
        found = summarize(list(rng.exponential(size=101)))
        held += found.low_s <= true_median <= found.high_s
    assert held >= 940


def test_no_times_are_refused() -> None:
    with pytest.raises(ValueError, match="no times"):
        summarize([])
