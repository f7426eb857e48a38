"""The Pareto front: what nothing else beats in cost and gain at once."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(costs: Sequence[float], gains: Sequence[float]) -> tuple[int, ...]:
    """Return the places that no other place dominates: at most its cost and at least its gain, one of them better.

    Of places that are equal in both the first one stands for all.

    Args:
        costs: the less the better.
        gains: the more the better, one per cost.

    Returns:
        places by rising cost, whose gains rise too.
    """
    by_cost = sorted(range(len(costs)), key=lambda place: (costs[place], -gains[place]))
    front: list[int] = []
    for place in by_cost:
        if not front or gains[place] > gains[front[-1]]:
            front.append(place)
    return tuple(front)
