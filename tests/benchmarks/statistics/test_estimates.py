"""Promises of numbers about photographs with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.statistics.estimates import (
    Estimate,
    Resampling,
    accuracy_difference,
    calibration_error_by_chance,
    estimated_auroc,
    estimated_calibration_error,
    estimated_mean,
)
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import auroc, expected_calibration_error

PROBABILITIES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=20)
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=5, deadline=None)  # 500 resamples each
@given(SCORES, SCORES)
def test_the_interval_holds_the_number_itself(positive: list[float], negative: list[float]) -> None:
    found = estimated_auroc(np.array(positive), np.array(negative))
    assert found.value == auroc(np.array(positive), np.array(negative))
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_a_perfect_order_of_few_pictures_proves_little() -> None:
    few, many = (estimated_auroc(np.full(count, 0.9), np.full(count, 0.1)) for count in (10, 1000))
    assert few.value == many.value == many.high == 1.0
    assert few.low == pytest.approx(0.025 ** (1 / 10))
    assert many.low > 0.99


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution_where_it_applies() -> None:
    values = np.random.default_rng(0).exponential(size=2000)
    found = estimated_mean(values)
    width = 1.96 * values.std() / 2000**0.5
    assert found.value - found.low == pytest.approx(width, rel=0.2)
    assert found.high - found.value == pytest.approx(width, rel=0.2)


def test_perfect_probabilities_have_no_more_calibration_error_than_chance_and_bad_ones_have() -> None:
    random = np.random.default_rng(0)
    first = random.uniform(0.5, 1.0, 600)
    probabilities = np.stack([first, 1 - first], axis=1)
    perfect, sure = (random.random(600) > share for share in (first, np.full(600, 0.6)))
    by_chance = calibration_error_by_chance(probabilities)
    found = estimated_calibration_error(probabilities, perfect.astype(int))
    assert found.value == expected_calibration_error(probabilities, perfect.astype(int)) <= by_chance
    assert estimated_calibration_error(probabilities, sure.astype(int)).low > by_chance


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="not inside its interval"):
        Estimate(1.0, 1.1, 1.2)


def estimates(found: list[tuple[float, int]], copies: int, groups: Sequence[int]) -> list[Any]:
    """Everything that is estimated of scores, with so many copies of each; its second column tells the two sides."""
    scores, targets = (np.repeat(np.array(column), copies) for column in zip(*found, strict=True))
    probabilities = np.stack([scores, 1 - scores], axis=1)
    return [
        estimated_mean(scores, groups),
        estimated_calibration_error(probabilities, targets, groups),
        calibration_error_by_chance(probabilities, groups),
        estimated_auroc(scores, scores**2, groups, groups),
    ]


@settings(max_examples=5, deadline=None)  # 500 resamples each
@given(PROBABILITIES)
def test_groups_of_one_change_nothing_and_four_copies_prove_no_more_than_one(found: list[tuple[float, int]]) -> None:
    alone = estimates(found, 1, ())
    assert estimates(found, 1, range(len(found))) == alone
    copied = estimates(found, 4, np.repeat(np.arange(len(found)), 4).tolist())
    for one, other in zip(alone, copied, strict=True):
        parts = [[each] if isinstance(each, float) else [each.value, each.low, each.high] for each in (one, other)]
        assert parts[0] == pytest.approx(parts[1], abs=1e-9)


def test_without_their_groups_copies_would_seem_to_prove_more() -> None:
    values = np.random.default_rng(0).exponential(size=100)
    alone, copied = estimated_mean(values), estimated_mean(np.repeat(values, 4))
    assert copied.high - copied.low < 0.6 * (alone.high - alone.low)


def test_a_draw_takes_whole_groups() -> None:
    groups = [0, 1, 0, 2, 2, 2]
    draws = [Resampling(6, groups).draw(np.random.default_rng(seed)) for seed in range(50)]
    for places in draws:
        counts = np.bincount(places, minlength=6)
        assert counts[0] == counts[2]
        assert counts[3] == counts[4] == counts[5]
        assert counts[0] + counts[1] + counts[3] == 3
    assert {len(places) for places in draws} > {5, 6, 7}
    with pytest.raises(ValueError, match="the groups of 5 photographs are needed, received 6"):
        Resampling(5, groups)


def test_a_difference_of_shares_of_different_photographs_is_the_published_one() -> None:
    """56 of 70 against 48 of 80, by method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890."""
    first, second = MeasuredAccuracy.from_counts(48, 80, ""), MeasuredAccuracy.from_counts(56, 70, "")
    found = accuracy_difference(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    back = accuracy_difference(second, first)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))
