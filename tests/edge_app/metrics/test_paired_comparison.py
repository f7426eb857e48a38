"""Promises of the comparison on the same photographs: McNemar's test and the interval of the difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.metrics.paired_comparison import PairedComparison, bootstrap_interval, mcnemar_p_value


def rights(both: int, first: int, second: int, none: int) -> tuple[np.ndarray, np.ndarray]:
    one = np.array([True] * (both + first) + [False] * (second + none))
    other = np.array([True] * both + [False] * first + [True] * second + [False] * none)
    return one, other


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 1, 14 / 64), (0, 6, 2 / 64), (3, 3, 1.0), (10, 0, 2 / 1024), (15, 5, 0.041389465)],
)
def test_p_values_of_mcnemars_exact_test_are_those_of_the_binomial_table(
    first: int, second: int, p_value: float
) -> None:
    assert mcnemar_p_value(first, second) == pytest.approx(p_value, rel=1e-6)


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_p_value_is_a_probability_and_the_same_both_ways(first: int, second: int) -> None:
    assert 0.0 <= mcnemar_p_value(first, second) == mcnemar_p_value(second, first) <= 1.0


def test_the_interval_is_that_of_drawing_photographs_anew() -> None:
    one, other = rights(700, 40, 15, 45)
    draws = np.random.default_rng(1).integers(0, 800, (4000, 800))
    differences = other[draws].mean(axis=1) - one[draws].mean(axis=1)
    expected = np.quantile(differences, [0.025, 0.975])
    assert bootstrap_interval(40, 15, 800) == pytest.approx(expected, abs=2.5e-3)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_the_difference_is_inside_its_interval(both: int, first: int, second: int, none: int) -> None:
    found = PairedComparison.of(*rights(both, first, second, none), resamples=2000)
    assert found.low <= found.difference <= found.high
    assert (found.photographs, found.only_first, found.only_second) == (both + first + second + none, first, second)
    assert found.difference == pytest.approx((second - first) / found.photographs)


def test_models_that_never_differ_are_as_far_apart_as_the_photographs_cannot_show() -> None:
    found = PairedComparison.of(*rights(1900, 0, 0, 100))
    assert found.high == -found.low == pytest.approx(1 - 0.025 ** (1 / 2000))
    assert found.p_value == 1.0
    assert found.verdict == "no measurable difference"


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (0, 0, "no measurable difference"),  # the same answers, however few photographs
        (1, 1, "no measurable difference"),
        (1, 0, "no measurable difference"),
        (2, 3, "no measurable difference"),
        (0, 2, "undecided"),
        (3, 3, "undecided"),  # six that differ could have shown something
    ],
)
def test_few_photographs_that_differ_either_way_are_no_measurable_difference(
    first: int, second: int, verdict: str
) -> None:
    assert PairedComparison.of(*rights(40, first, second, 5)).verdict == verdict


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(2, 3, "no measurable difference"), (30, 2, "less accurate"), (2, 30, "more accurate"), (20, 14, "undecided")],
)
def test_the_verdict_needs_the_whole_interval(first: int, second: int, verdict: str) -> None:
    assert PairedComparison.of(*rights(1900, first, second, 100)).verdict == verdict


def test_the_same_counts_give_the_same_interval() -> None:
    assert PairedComparison.of(*rights(90, 5, 3, 2)) == PairedComparison.of(*rights(90, 5, 3, 2))
    assert str(PairedComparison.of(*rights(90, 5, 3, 2))).startswith("-2.00 points (-")


def test_photographs_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="are needed, received"):
        PairedComparison.of(np.array([True]), np.array([True, False]))
    with pytest.raises(ValueError, match="are needed, received"):
        PairedComparison.of(np.array([], bool), np.array([], bool))
