"""Promises of intervals of a change over time, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.statistics.block_bootstrap import (
    Series,
    autocorrelation,
    block_length,
    independent_values,
    ratio_of_medians,
)


def series(random: np.random.Generator, alike: float, count: int = 60) -> Series:
    """An autoregression around 1."""
    values = [float(random.normal())]
    for _ in range(count - 1):
        values.append(alike * values[-1] + (1 - alike**2) ** 0.5 * float(random.normal()))
    return 1.0 + 0.02 * np.array(values)


def test_the_same_speed_is_held_by_the_interval_though_neighbours_are_alike() -> None:
    random = np.random.default_rng(0)
    found = [ratio_of_medians(series(random, 0.5), series(random, 0.5)) for _ in range(100)]
    held = sum(one.low <= 1.0 <= one.high for one in found)
    assert 88 <= held <= 100


def test_a_change_of_five_percent_is_seen() -> None:
    random = np.random.default_rng(1)
    found = [ratio_of_medians(series(random, 0.5), 1.05 * series(random, 0.5)) for _ in range(30)]
    assert sum(one.low > 1.0 for one in found) >= 28


def test_alike_neighbours_count_for_less_and_are_drawn_together() -> None:
    apart, alike = (series(np.random.default_rng(2), share) for share in (0.0, 0.8))
    assert autocorrelation(apart) < 0.3 < 0.6 < autocorrelation(alike)
    assert independent_values(alike) < 15 < 30 < independent_values(apart)
    assert block_length(apart) < block_length(alike) <= 20


def test_constant_times_give_a_point() -> None:
    found = ratio_of_medians(np.full(10, 0.002), np.full(7, 0.003))
    assert (found.low, found.value, found.high) == pytest.approx((1.5, 1.5, 1.5))
