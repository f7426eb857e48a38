"""Promises of the Pareto front."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.results.sweep.pick import pareto_front

PLACES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)  # coarse, so that there are ties
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the front


def dominates(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """At most its cost and at least its gain, one of them better."""
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@BUSY
@given(PLACES)
def test_the_front_is_what_nothing_dominates_each_once(places: list[tuple[int, int]]) -> None:
    front = pareto_front([cost for cost, _ in places], [gain for _, gain in places])
    undominated = {one for one in places if not any(dominates(other, one) for other in places)}
    assert sorted(places[place] for place in front) == sorted(undominated)


@BUSY
@given(PLACES)
def test_along_the_front_cost_and_gain_rise(places: list[tuple[int, int]]) -> None:
    front = [places[place] for place in pareto_front([cost for cost, _ in places], [gain for _, gain in places])]
    assert all(one[0] < next_one[0] and one[1] < next_one[1] for one, next_one in pairwise(front))
