"""Promises of the comparison on the same photographs: McNemar's test and the interval of the difference."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.metrics.paired_comparison import (
    PairedComparison,
    bootstrap_interval,
    mcnemar_p_value,
    sign_flip_p_value,
)

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


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
    gains = other.astype(np.int64) - one
    assert bootstrap_interval(gains, np.ones(800, np.int64)) == pytest.approx(expected, abs=2.5e-3)


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
    with pytest.raises(ValueError, match="the groups of 2 photographs are needed, received 1"):
        PairedComparison.of(np.array([True, False]), np.array([True, False]), ["a"])


@settings(deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_photographs_that_are_groups_of_one_are_compared_as_before(pairs: list[tuple[bool, bool]], random: Any) -> None:
    first, second = (np.array(rights) for rights in zip(*pairs, strict=True))
    names = [f"group {number}" for number in range(len(pairs))]
    random.shuffle(names)
    found = PairedComparison.of(first, second, names, resamples=200)
    assert found == PairedComparison.of(first, second, resamples=200)
    assert found.p_value == mcnemar_p_value(found.only_first, found.only_second)
    assert (found.groups, found.independent) == (len(pairs), len(pairs))


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=6, max_size=60))
def test_four_copies_of_every_photograph_prove_no_more_than_one(pairs: list[tuple[bool, bool]]) -> None:
    once = [np.array(rights) for rights in zip(*pairs, strict=True)]
    groups = np.repeat(np.arange(len(pairs)), 4).tolist()
    alone = PairedComparison.of(*once, resamples=200)
    copied = PairedComparison.of(*(np.repeat(rights, 4) for rights in once), groups, resamples=200)
    counts = {"photographs": 4 * alone.photographs, "only_first": 4 * alone.only_first}
    assert copied == replace(alone, **counts, only_second=4 * alone.only_second)
    assert copied.verdict == alone.verdict
    assert copied.compared_on == f"{4 * len(pairs)} photographs in {len(pairs)} groups"


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9))
def test_the_p_value_over_groups_is_the_share_of_all_ways_to_choose_their_signs(gains: list[int]) -> None:
    sums = [abs(sum(map(int.__mul__, gains, signs))) for signs in product((-1, 1), repeat=len(gains))]
    expected = np.mean([one >= abs(sum(gains)) for one in sums])
    assert sign_flip_p_value(np.array(gains)) == pytest.approx(expected, abs=1e-12)


def test_the_interval_over_groups_is_that_of_drawing_groups_anew() -> None:
    random = np.random.default_rng(2)
    sizes, gains = random.integers(1, 30, 60), random.integers(-3, 5, 60)
    gains = np.clip(gains, -sizes, sizes)
    draws = random.integers(0, 60, (4000, 60))
    expected = np.quantile(gains[draws].sum(axis=1) / sizes[draws].sum(axis=1), [0.025, 0.975])
    assert bootstrap_interval(gains, sizes) == pytest.approx(expected, abs=5e-3)


def test_equally_good_models_are_seldom_called_different_however_many_frames_a_video_has() -> None:
    """Twenty frames of a video that are all right or all wrong: 5 % of wrong alarms are allowed, not most of them."""
    random = np.random.default_rng(3)
    frames = np.repeat(np.arange(40), 20)
    videos = random.random((200, 2, 40)) < 0.8
    alone, grouped = (
        np.mean([PairedComparison.of(*pair[:, frames], groups, resamples=10).p_value < 0.05 for pair in videos])
        for groups in (None, frames.tolist())
    )
    assert grouped <= 0.08
    assert alone > 0.5


def test_fewer_than_six_groups_show_nothing_however_many_photographs_they_have() -> None:
    first, second = np.zeros(500, bool), np.arange(500) % 2 == 0
    groups = np.repeat(np.arange(5), 100).tolist()
    found = PairedComparison.of(first, second, groups)
    assert (found.difference, found.p_value) == (0.5, 2 / 2**5)
    assert found.low < 0.0
    assert found.verdict == "undecided"
    assert PairedComparison.of(first, second).verdict == "more accurate"


def test_one_session_that_differs_is_no_balance() -> None:
    """A rule for few single photographs: one group of many is more than one of the independent ones."""
    first = np.ones(100, bool)
    second = first.copy()
    second[:40] = False
    groups = ["session"] * 40 + [str(number) for number in range(60)]
    assert PairedComparison.of(first, second, groups).verdict != "no measurable difference"
