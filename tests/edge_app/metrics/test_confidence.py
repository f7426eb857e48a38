"""Promises of the measures of confidence: worked examples, and agreement with slow definitions."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.metrics.confidence import (
    Confidence,
    auroc,
    expected_calibration_error,
    log_loss,
    neither_threshold,
    one_vs_rest_auroc,
    reliability_bins,
    roc_curve,
)

coarse = st.integers(0, 8).map(lambda eighths: eighths / 8)  # many ties
shares = st.floats(0.0, 1.0)
score_lists = st.lists(st.one_of(coarse, shares), min_size=1, max_size=40)

TWO_SURE_ONE_WRONG = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of up to 40 photographs of 2 to 4 classes, and the truth."""
    classes = draw(st.integers(2, 4))
    weights = draw(st.lists(st.lists(coarse, min_size=classes, max_size=classes), min_size=1, max_size=40))
    raw = np.array(weights) + 1e-3
    targets = draw(st.lists(st.integers(0, classes - 1), min_size=len(raw), max_size=len(raw)))
    return raw / raw.sum(axis=1, keepdims=True), np.array(targets)


def test_calibration_error_by_hand() -> None:
    # Bins of width 1/2: all four are above 0.5; mean confidence 0.775, three of four right.
    targets = np.array([0, 1, 0, 1])
    assert expected_calibration_error(TWO_SURE_ONE_WRONG, targets, bins=2) == pytest.approx(0.025)
    # Ten bins: (0.8, 0.9] holds 2 of confidence 0.9, accuracy 0.5; (0.5, 0.6] one, right; (0.6, 0.7] one, right.
    expected = 2 / 4 * 0.4 + 1 / 4 * 0.4 + 1 / 4 * 0.3
    assert expected_calibration_error(TWO_SURE_ONE_WRONG, targets, bins=10) == pytest.approx(expected)


def test_a_score_on_an_edge_belongs_to_the_bin_below() -> None:
    bins = reliability_bins(np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 0.0]]), np.array([0, 0, 0]), bins=2)
    assert [(one.low, one.high, one.photographs) for one in bins] == [(0.0, 0.5, 2), (0.5, 1.0, 1)]


@given(judged(), st.integers(1, 20))
def test_calibration_error_is_that_of_its_definition(case: tuple[np.ndarray, np.ndarray], bins: int) -> None:
    probabilities, targets = case
    total = 0.0
    for number in range(bins):
        inside = [
            (row.max(), row.argmax() == target)
            for row, target in zip(probabilities, targets, strict=True)
            if number / bins < row.max() <= (number + 1) / bins
        ]
        if inside:
            confidence, accuracy = (sum(values) / len(inside) for values in zip(*inside, strict=True))
            total += len(inside) / len(targets) * abs(accuracy - confidence)
    assert expected_calibration_error(probabilities, targets, bins) == pytest.approx(total, abs=1e-9)


def test_log_loss_by_hand_and_finite_for_a_sure_mistake() -> None:
    expected = -(math.log(0.9) + math.log(0.1) + math.log(0.6) + math.log(0.7)) / 4
    assert log_loss(TWO_SURE_ONE_WRONG, np.array([0, 1, 0, 1])) == pytest.approx(expected)
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-math.log(1e-7))


def test_confidence_says_what_it_was_measured_on() -> None:
    found = Confidence.of(TWO_SURE_ONE_WRONG, np.array([0, 1, 0, 1]), "four pictures")
    assert found.to_json() == {
        "log_loss": pytest.approx(0.8189, abs=1e-4),
        "expected_calibration_error": pytest.approx(0.375),
        "photographs": 4,
        "data": "four pictures",
    }


@given(score_lists, score_lists)
def test_auroc_is_the_share_of_pairs_in_order_with_ties_for_half(positive: list[float], negative: list[float]) -> None:
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(positive, negative)]
    assert auroc(np.array(positive), np.array(negative)) == pytest.approx(sum(pairs) / len(pairs))


@given(score_lists, score_lists)
def test_the_roc_curve_has_the_rates_of_every_threshold_and_the_area_of_auroc(
    positive: list[float], negative: list[float]
) -> None:
    curve = roc_curve(np.array(positive), np.array(negative))
    corners = zip(curve.thresholds, curve.false_positive_rates, curve.true_positive_rates, strict=True)
    for threshold, false_positives, true_positives in corners:
        assert false_positives == pytest.approx(sum(one >= threshold for one in negative) / len(negative))
        assert true_positives == pytest.approx(sum(one >= threshold for one in positive) / len(positive))
    assert (curve.false_positive_rates[0], curve.true_positive_rates[0]) == (0.0, 0.0)
    assert (curve.false_positive_rates[-1], curve.true_positive_rates[-1]) == (1.0, 1.0)
    heights = (curve.true_positive_rates[1:] + curve.true_positive_rates[:-1]) / 2
    area = float((heights * np.diff(curve.false_positive_rates)).sum())  # by trapezoids
    assert area == pytest.approx(auroc(np.array(positive), np.array(negative)))


def test_one_vs_rest_by_hand() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.5, 0.3, 0.2]])
    assert one_vs_rest_auroc(probabilities, np.array([0, 1, 1])) == (1.0, 1.0, None)
    assert one_vs_rest_auroc(probabilities, np.array([1, 1, 1])) == (None, None, None)


def test_the_threshold_of_a_hundred_scores_leaves_four_out() -> None:
    scores = [0.5 + number / 250 for number in range(100)]
    assert neither_threshold(scores) == 0.5 + 4 / 250
    assert neither_threshold(scores, accept=1.0) == 0.5


def test_ties_at_the_threshold_are_all_let_through() -> None:
    assert neither_threshold([0.2] + [0.9] * 9, accept=0.5) == 0.9


@given(score_lists, st.one_of(st.floats(0.01, 1.0), st.integers(1, 20).map(lambda number: number / 20)))
def test_the_threshold_is_the_largest_that_accepts_enough(scores: list[float], accept: float) -> None:
    threshold = neither_threshold(scores, accept)

    def accepted(limit: float) -> float:
        return sum(score >= limit for score in scores) / len(scores)

    assert accepted(threshold) >= accept
    assert accepted(math.nextafter(threshold, math.inf)) < accept


@pytest.mark.parametrize("scores", [[], [1.1], [-0.1], [math.nan]])
def test_scores_that_are_no_probabilities_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match=r"within 0\.\.1"):
        neither_threshold(scores)


@pytest.mark.parametrize("accept", [0.0, 1.01, math.nan])
def test_an_impossible_share_is_refused(accept: float) -> None:
    with pytest.raises(ValueError, match="share to accept"):
        neither_threshold([0.5], accept)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="both sides"):
        auroc(np.array([]), np.array([0.5]))
    with pytest.raises(ValueError, match="not a number"):
        roc_curve(np.array([math.nan]), np.array([0.5]))
    with pytest.raises(ValueError, match="received"):
        log_loss(np.zeros((0, 2)), np.zeros(0, np.int64))
