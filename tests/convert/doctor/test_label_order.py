"""Promises of the order of labels: the assignment is the best there is, and usual mistakes have names."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from convert.doctor.label_order import FOUND, best_order, greatest_assignment, named_orders


@given(st.integers(1, 7).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(rows, 9))).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 12))
))  # fmt: skip
def test_the_assignment_is_as_good_as_scipys(gains: npt.NDArray[np.int64]) -> None:
    rows = range(len(gains))
    columns = greatest_assignment(gains)
    assert len(set(columns)) == len(gains)
    assert gains[rows, columns].sum() == gains[linear_sum_assignment(gains, maximize=True)].sum()


def test_the_usual_mistakes_have_names_and_equal_ones_are_one() -> None:
    orders = {order.name: order.places for order in named_orders(("dog", "ant", "cat"), ("ant", "cat", "dog"))}
    assert orders["as the file states"] == (1, 2, 0)
    assert orders["reversed"] == (1, 0, 2)
    assert orders["alphabetical"] == (0, 1, 2)
    assert [order.name for order in named_orders(("a", "b"), ("a", "b"))] == ["as the file states", "reversed"]


def test_a_background_class_moves_all_labels_by_one() -> None:
    orders = named_orders(("cat", "dog", "elk", "none"), ("cat", "dog", "elk"))
    later = next(order for order in orders if "background" in order.name)
    assert later.places == (1, 2, 3)


def test_the_order_is_read_off_the_photographs() -> None:
    targets = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    best = np.array([3, 3, 0, 0, 0, 3, 2, 2, 2])
    order = best_order(best, targets, classes=3, scores=4)
    assert order.name == FOUND
    assert order.places == (3, 0, 2)
    assert order.right(best, targets).tolist() == [True, True, False, True, True, False, True, True, True]
