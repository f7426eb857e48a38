"""Percentiles in a fixed amount of memory agree with those of all the numbers; every frame counts once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.live import statistics
from edge_app.live.statistics import Durations, LoopTimings, RunStatistics
from edge_app.model.classifier import Prediction


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


def test_every_frame_counts_once_and_times_are_means_of_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.2, 100.4, 100.6, 100.7])
    monkeypatch.setattr(statistics.time, "perf_counter", lambda: next(clock))
    found = RunStatistics()
    for number, latency_ms in enumerate((50.0, 1.0, 2.0, 6.0, 9.0)):
        found.add(Prediction("camera", number, "cat", 0.9, (("cat", 0.9),), latency_ms, 10.0, 0.5, 0.25), dropped=7)
        found.add_drawing(0.3)
    assert found.timings == LoopTimings(
        pytest.approx(5.0), pytest.approx(10.0), pytest.approx(3.0), 0.5, 0.25, pytest.approx(0.3), 7
    )
    found.end(dropped=8, outages=1, skipped=())
    assert (found.frames, found.latencies.count, found.ages.count, found.dropped) == (5, 5, 5, 8)
    assert found.latencies.quantile_s(1.0) == pytest.approx(0.05, rel=0.006)
    assert found.latencies.quantile_s(0.5) == pytest.approx(0.006, rel=0.006)
