"""Promises of comparisons, by simulation: equal files are hardly ever called different, 5 % is seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.statistics.comparison import (
    CANNOT_TELL,
    FASTER,
    INVOCATION_SHIFT,
    SLOWER,
    Blocks,
    compare_paired,
    compare_separate,
    log_of_median,
    round_log_ratio,
)
from benchmarks.statistics.rounds import median_over_rounds
from benchmarks.statistics.student import t_quantile, t_within

ROUNDS, PASSES, BLOCK = 8, 10, 6
RNG = np.random.default_rng


def noisy_round(rng: np.random.Generator, slowdowns: tuple[float, ...]) -> list[Blocks]:
    """A process in a machine of a cloud: spells that meet every file, layouts that differ by file, heavy tails."""
    spells = np.exp(0.05 * rng.standard_t(2, size=PASSES))  # now and then a pass takes twice as long
    found = []
    for slowdown in slowdowns:
        layout = math.exp(0.01 * rng.standard_normal())
        tails = np.exp(0.03 * rng.standard_t(3, size=(PASSES, BLOCK)))
        times = 1e-3 * slowdown * layout * spells[:, None] * tails
        found.append(times.tolist())
    return found


def invocation(rng: np.random.Generator, slowdowns: tuple[float, ...]) -> list[list[Blocks]]:
    return [noisy_round(rng, slowdowns) for _ in range(ROUNDS)]


def test_in_turns_equal_files_are_not_told_apart_and_five_percent_is_seen() -> None:
    rng = RNG(7)
    equal = slower = faster = 0
    for _ in range(150):
        rounds = invocation(rng, (1.0, 1.0, 1.05))
        equal += compare_paired([round_log_ratio(one[0], one[1]) for one in rounds]).verdict == CANNOT_TELL
        slower += compare_paired([round_log_ratio(one[0], one[2]) for one in rounds]).verdict == SLOWER
        faster += compare_paired([round_log_ratio(one[2], one[0]) for one in rounds]).verdict == FASTER
    assert equal >= 0.95 * 150
    assert slower == faster >= 0.95 * 150


def test_separate_runs_of_a_file_are_not_told_apart_and_a_fifth_is_seen() -> None:
    rng = RNG(2)
    equal = slower = 0
    for _ in range(150):
        shift = math.exp(INVOCATION_SHIFT * rng.standard_normal())
        first, second = (
            [log_of_median(np.ravel(noisy_round(rng, (speed,))[0]).tolist()) for _ in range(ROUNDS)]
            for speed in (shift, 1.0)
        )
        equal += compare_separate(first, second, INVOCATION_SHIFT).verdict == CANNOT_TELL
        moved = [log + math.log(1.2) for log in second]
        slower += compare_separate(first, moved, INVOCATION_SHIFT).verdict == SLOWER
    assert equal >= 0.95 * 150
    assert slower >= 0.9 * 150


def test_the_smallest_visible_difference_is_seen_nine_times_in_ten() -> None:
    rng = RNG(3)
    deviation = 0.02
    smallest, seen = [], 0
    for _ in range(400):
        smallest.append(compare_paired(rng.normal(0, deviation, ROUNDS).tolist()).smallest)
    true = math.log1p(float(np.median(smallest)))
    for _ in range(400):
        seen += compare_paired(rng.normal(true, deviation, ROUNDS).tolist()).verdict == SLOWER
    assert 0.84 <= seen / 400 <= 0.96


@settings(deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12))
def test_turning_a_comparison_round_turns_the_answer_round(log_ratios: list[float]) -> None:
    there, back = compare_paired(log_ratios), compare_paired([-value for value in log_ratios])
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.low <= there.ratio <= there.high
    assert {FASTER: SLOWER, SLOWER: FASTER, CANNOT_TELL: CANNOT_TELL}[there.verdict] == back.verdict


def test_one_round_tells_nothing() -> None:
    for found in (compare_paired([0.5]), compare_separate([0.0], [0.5, 0.5], 0.0)):
        assert found.verdict == CANNOT_TELL
        assert math.isinf(found.smallest)


def test_a_slow_spell_in_one_block_changes_no_ratio() -> None:
    calm = ((1.0, 1.0), (2.0, 2.0), (1.0, 1.0))
    spell = ((1.1, 1.1), (2.2, 2.2), (9.0, 9.0))
    assert round_log_ratio(calm, spell) == pytest.approx(math.log(1.1))


def test_the_interval_over_rounds_holds_the_true_median_where_that_within_processes_does_not() -> None:
    """Five rounds of 1,000 runs that differ by 3 % from process to process."""
    rng = RNG(4)
    held = 0
    for number in range(60):
        layouts = np.exp(0.03 * rng.standard_normal(5))
        rounds = [(layout * np.exp(0.05 * rng.standard_normal(40))).tolist() for layout in layouts]
        found = median_over_rounds(rounds, number, resamples=150)
        assert found.low_s is not None
        assert found.high_s is not None
        held += found.low_s <= 1.0 <= found.high_s
    assert held >= 54


def test_one_round_has_no_interval_over_rounds() -> None:
    assert median_over_rounds([[1.0, 2.0, 3.0]]).low_s is None


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 51])
def test_quantiles_of_student_are_those_of_the_distribution(degrees: int) -> None:
    for within in (0.05, 0.5, 0.995):
        assert t_within(t_quantile(within, degrees), degrees) == pytest.approx(within, abs=1e-9)


def test_quantiles_of_student_are_those_of_the_tables() -> None:
    """D. B. Owen, Handbook of Statistical Tables, 1962."""
    for within, degrees, printed in ((0.95, 1, 12.706), (0.95, 4, 2.776), (0.99, 7, 3.499), (0.9, 30, 1.697)):
        assert t_quantile(within, degrees) == pytest.approx(printed, abs=6e-4)
