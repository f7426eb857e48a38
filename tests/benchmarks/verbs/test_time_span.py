"""Promises of time spans as people type them."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.verbs.time_span import time_span_s


@given(st.integers(0, 50), st.integers(0, 200), st.integers(1, 500))
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert time_span_s(f"{hours}h{minutes}m{seconds}s") == 3600 * hours + 60 * minutes + seconds


def test_a_part_may_be_left_out_or_broken() -> None:
    assert [time_span_s(text) for text in ("90s", "30m", "1.5h", "1h 30m", "2M")] == [90, 1800, 5400, 5400, 120]


@pytest.mark.parametrize("text", ["", "30", "0s", "-5m", "m", "30x", "30s1h", "inf", "1e3s"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="say 90s, 30m or 1h30m"):
        time_span_s(text)
