"""Promises of the evaluation, with numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_app.metrics.accuracy import cross_validation_words
from edge_app.metrics.confidence import Confidence
from train.evaluation.confidence import Calibration
from train.evaluation.evaluate import ModelEvaluation, evaluate_probabilities


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


def evaluation(temperature: float, validation: tuple[float, float], test: tuple[float, float], *, right: bool) -> Any:
    """A network's, with log losses before and after its temperature."""
    known = evaluate_probabilities(np.eye(2, dtype=np.float32), np.array([0, 1 if right else 0]), 2, "photographs")
    before, after = (Confidence(loss, 0.0, 80, "validation photographs") for loss in validation)
    test_before, test_after = (Confidence(loss, 0.0, 200, "test photographs") for loss in test)
    return ModelEvaluation(Calibration(temperature, before, after), known, known, test_after, test_before, None)


def test_calibration_that_helped_is_no_sentence() -> None:
    assert evaluation(1.3, (0.5, 0.4), (0.6, 0.55), right=False).calibration_sentences() == []


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            evaluation(1.0, (0.1, 0.1), (0.2, 0.2), right=True),
            "calibration changed nothing (temperature 1): all 80 validation photographs are classified correctly, "
            "which does not show how confident the network may be",
        ),
        (
            evaluation(1.0, (0.5, 0.5), (0.6, 0.6), right=False),
            "calibration changed nothing (temperature 1): the 80 validation photographs do not show clearly that "
            "another temperature is better",
        ),
        (
            evaluation(0.8, (0.5, 0.51), (0.6, 0.5), right=False),
            "calibration (temperature 0.80) did not help: the log loss of the 80 validation photographs went up from "
            "0.5000 to 0.5100 nats",
        ),
        (
            evaluation(1.2, (0.5, 0.4), (0.831, 0.963), right=False),
            "calibration (temperature 1.20) did not help: the log loss of the 200 test photographs went up from 0.8310 "
            "to 0.9630 nats",
        ),
    ],
)
def test_calibration_that_did_not_help_is_told(found: ModelEvaluation, sentence: str) -> None:
    assert found.calibration_sentences() == [sentence]


def test_without_a_fitted_temperature_nothing_is_told() -> None:
    by_folds = evaluate_probabilities(
        np.eye(2, dtype=np.float32), np.array([0, 1]), 2, cross_validation_words(5, 2, "pets")
    )
    found = evaluation(1.0, (0.1, 0.1), (0.2, 0.2), right=True)
    assert replace(found, validation=by_folds).calibration_sentences() == []
