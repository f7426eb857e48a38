"""Promises of the evaluation, with numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from train.evaluation.evaluate import evaluate_probabilities


def test_accuracy_log_loss_and_confusion_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]], np.float32)
    found = evaluate_probabilities(probabilities, np.array([0, 0, 1, 1]), 2, "four pictures")
    assert found.accuracy.top1 == 0.75
    assert found.accuracy.photographs == 4
    assert found.confusion == ((1, 1), (0, 2))
    expected = -(math.log(0.9) + math.log(0.4) + math.log(0.8) + math.log(0.7)) / 4
    assert found.log_loss == pytest.approx(expected, rel=1e-6)
    assert found.to_json()["correct"] == 3


def test_a_sure_mistake_is_finite() -> None:
    found = evaluate_probabilities(np.array([[1.0, 0.0]], np.float32), np.array([1]), 2, "one picture")
    assert found.log_loss == pytest.approx(-math.log(1e-7))


def test_balanced_accuracy_is_the_mean_over_the_classes_that_were_tested() -> None:
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 0]]
    found = evaluate_probabilities(probabilities, np.array([0, 0, 0, 1, 1]), 3, "five pictures")
    assert found.accuracy.top1 == 0.8
    assert found.balanced_accuracy == 0.75
    assert found.to_json()["balanced_accuracy"] == 0.75
