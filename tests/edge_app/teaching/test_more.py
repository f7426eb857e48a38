"""Promises of what more photographs bring: by simulation, the gain of the next doubling is in the stated interval."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.teaching.head import cross_validate
from edge_app.teaching.more import Doubling
from tests.edge_app.teaching.clouds import clouds

DRAWS = 20


def drawn(draw: int, per_class: int, apart: float) -> tuple[np.ndarray, ...]:
    """Photographs of three classes: those to learn from, as many again, and 300 per class to judge."""
    features, targets = clouds(2 * per_class + 300, apart=apart, width=20, seed=0)
    order = np.random.default_rng(draw).permutation(len(targets))
    features, targets = features[order], targets[order]
    places = np.concatenate([np.flatnonzero(targets == one)[None] for one in range(3)])
    have, more, judge = places[:, :per_class], places[:, : 2 * per_class], places[:, 2 * per_class :]
    return tuple(part[chosen.ravel()] for chosen in (have, more, judge) for part in (features, targets))


@pytest.mark.parametrize(("per_class", "apart"), [(20, 0.5), (16, 1.0)])
def test_the_gain_of_twice_as_many_is_in_the_interval_in_nine_of_ten_draws(per_class: int, apart: float) -> None:
    gains, stated = [], []
    for draw in range(DRAWS):
        have, have_targets, more, more_targets, judge, judge_targets = drawn(draw, per_class, apart)
        found, next_found = cross_validate(have, have_targets, 3), cross_validate(more, more_targets, 3)
        before, after = (
            (one.head.log_probabilities(judge).argmax(axis=1) == judge_targets).mean() for one in (found, next_found)
        )
        assert found.half_right is not None
        doubling = Doubling.of(found.half_right, found.log_probabilities.argmax(axis=1) == have_targets)
        assert doubling is not None
        gains.append(after - before)
        stated.append(doubling)
    mean = float(np.mean(gains))
    assert sum(one.low <= mean <= one.high for one in stated) >= 0.9 * DRAWS
    assert np.mean([one.high for one in stated]) < 0.25  # and says something


def test_many_photographs_make_a_narrow_interval() -> None:
    right = np.arange(4000) % 10 != 0  # 10 % wrong, 20 % with half
    half_right = np.arange(4000) % 5 != 0
    found = Doubling.of(half_right, right)
    assert found is not None
    assert (found.half, found.whole) == (0.8, 0.9)
    assert 0.03 < found.low < 0.05 < found.high < 0.07
    assert str(found) == (
        "a linear head gets 80.0% right with half of the photographs, 90.0% with all: twice as many would bring "
        f"{round(100 * found.low)} to {round(100 * found.high)} points more (95 %)"
    )


def test_where_the_last_doubling_brought_nothing_more_of_the_same_brings_little() -> None:
    right = np.arange(4000) % 10 != 0
    found = Doubling.of(right, right)
    assert found is not None
    assert found.low == 0.0
    assert found.high < 0.002
    assert str(found).endswith("with all: more of the same kind would bring little")


def test_photographs_of_few_groups_say_nothing_and_groups_count_whole() -> None:
    right, half_right = np.arange(400) % 10 != 0, np.arange(400) % 5 != 0
    assert Doubling.of(half_right, right, [place % 11 for place in range(400)]) is None
    alone, grouped = Doubling.of(half_right, right), Doubling.of(half_right, right, [p // 20 % 20 for p in range(400)])
    assert alone is not None
    assert grouped is not None
    sorted_right, sorted_half = np.sort(right), np.sort(half_right)
    sessions = Doubling.of(sorted_half, sorted_right, [place // 20 for place in range(400)])
    assert sessions is not None
    assert sessions.high - sessions.low > 1.5 * (alone.high - alone.low)
