"""What cross-validation says of a network: every photograph judged by a head that did not learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import OUT_OF_FOLD_WORTH, cross_validation_words
from edge_app.metrics.confidence import Confidence
from edge_app.teaching.head import CrossValidation
from edge_app.teaching.more import Doubling
from train.evaluation.confidence import Calibration
from train.evaluation.evaluate import ModelEvaluation, evaluate_probabilities


def evaluate_cross_validation(
    found: CrossValidation, targets: npt.NDArray[np.int64], classes: int, folder: str, groups: Sequence[str]
) -> ModelEvaluation:
    """Return what was measured out of fold; no temperature is fitted, which takes more photographs than there are.

    Validation and test are the same here: nothing but the penalty was chosen, and that hardly flatters.

    Args:
        found: of all photographs.
        targets: (photographs,) places of the true labels.
        classes: number of labels.
        folder: name of the folder of photographs.
        groups: of each photograph; those of a group stay in one fold.
    """
    data = cross_validation_words(found.fold_count, len(targets), folder)
    probabilities = np.exp(found.log_probabilities).astype(np.float32)
    measured = evaluate_probabilities(probabilities, targets, classes, data, groups, OUT_OF_FOLD_WORTH)
    confidence = Confidence.of(probabilities, targets, data)
    calibration = Calibration(1.0, confidence, confidence)
    return ModelEvaluation(calibration, measured, measured, confidence, confidence, None)


def advice_on_more(found: CrossValidation, targets: npt.NDArray[Any], groups: Sequence[str]) -> str:
    """Say what more photographs would bring.

    Args:
        found: of a linear head, whatever is shipped: halves are too few to fine-tune on.
        targets: (photographs,) places of the true labels.
        groups: of each photograph.
    """
    right = found.log_probabilities.argmax(axis=1) == targets
    doubling = None if found.half_right is None else Doubling.of(found.half_right, right, groups)
    if doubling is None:
        return "too few photographs or groups of them to say what more would bring; 30 per class are a good start"
    return str(doubling)
