"""What a finished network is worth: calibrated on validation photographs, judged once on test photographs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_app.metrics.confidence import Confidence
from train.data.loading import Photographs
from train.evaluation.confidence import Calibration, NeitherJudgement, calibrate, judge_neither, softmax
from train.evaluation.evaluate import Evaluation, evaluate
from train.evaluation.inference import run_over


@dataclass(frozen=True)
class Judgement:
    """The verdict on a network; its temperature is folded in.

    Attributes:
        calibration: what the temperature brought on validation photographs.
        validation: with the temperature.
        test: with the temperature.
        test_confidence: of the test photographs, with the temperature.
        test_confidence_before: without it.
        neither: None: trained without pictures of anything else.
    """

    calibration: Calibration
    validation: Evaluation
    test: Evaluation
    test_confidence: Confidence
    test_confidence_before: Confidence
    neither: NeitherJudgement | None

    def to_json(self) -> dict[str, Any]:
        """Return what `metrics.json` says."""
        return {
            "test": {**self.test.to_json(), "confidence": self.test_confidence.to_json()},
            "test_before_calibration": self.test_confidence_before.to_json(),
            "validation": self.validation.to_json(),
            "calibration": self.calibration.to_json(),
            "neither": None if self.neither is None else self.neither.to_json(),
        }


def judge_model(
    model: Any, validation: Photographs, test: Photographs, classes: int, outliers: Photographs | None = None
) -> Judgement:
    """Fit the temperature, fold it into the model, and judge the result.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities; changed in place.
        validation: photographs that fit temperature and threshold.
        test: photographs that fitted nothing.
        classes: number of labels.
        outliers: pictures of anything else that fitted nothing.
    """
    calibration = calibrate(model, validation)
    validated = evaluate(model, validation, classes, "validation photographs")
    tested = evaluate(model, test, classes, "test photographs")
    neither = None
    if outliers is not None:
        others = run_over(model, outliers, "evaluating on pictures of anything else")
        neither = judge_neither(validated.probabilities, tested.probabilities, others)
    before = without_temperature(tested.probabilities, calibration.temperature)
    return Judgement(
        calibration=calibration,
        validation=validated,
        test=tested,
        test_confidence=Confidence.of(tested.probabilities, test.targets, "test photographs"),
        test_confidence_before=Confidence.of(before, test.targets, "test photographs"),
        neither=neither,
    )


def without_temperature(probabilities: Any, temperature: float) -> Any:
    """Return the probabilities, (photographs, classes) float64, that the network had before the temperature."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-300))
    return softmax(logits, 1.0 / temperature)
