"""Promises of the learning rate: it climbs, it falls along a cosine, it ends at zero."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.fitting.optimizers import WarmUpCosine


def test_without_warm_up_it_starts_at_the_peak_and_halves_in_the_middle() -> None:
    rate = WarmUpCosine(0.1, 100)
    assert [float(rate(step)) for step in (0, 50, 100, 200)] == pytest.approx([0.1, 0.05, 0.0, 0.0], abs=1e-7)


def test_warm_up_climbs_in_equal_steps_to_the_peak() -> None:
    rate = WarmUpCosine(0.1, 100, warmup_steps=4)
    assert [float(rate(step)) for step in range(5)] == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1])
    assert float(rate(52)) == pytest.approx(0.1 * (1 + math.cos(math.pi * 48 / 96)) / 2)


@given(steps=st.integers(1, 500), warmup=st.integers(0, 600), step=st.integers(0, 1000))
def test_it_never_leaves_zero_to_peak(steps: int, warmup: int, step: int) -> None:
    assert 0.0 <= float(WarmUpCosine(0.01, steps, warmup)(step)) <= 0.01 * (1 + 1e-6)
