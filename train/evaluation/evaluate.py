"""How good a network is: calibrated on validation photographs, evaluated once on test photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import (
    MeasuredAccuracy,
    independent_photographs,
    is_cross_validation,
    photographs_in_groups,
)
from edge_app.metrics.confidence import Confidence, log_loss, log_softmax
from edge_app.photographs.splits import Split
from train.data.photograph_set import Photographs
from train.data.splits import coverage_sentences
from train.evaluation.confidence import Calibration, NeitherEvaluation, calibrate, evaluate_neither, softmax
from train.evaluation.inference import run_over

_SAME_NATS = 5e-5  # differences of a log loss that four digits do not show


@dataclass(frozen=True)
class SplitEvaluation:
    """The result on one split.

    Attributes:
        accuracy: top-1 with its interval.
        log_loss: mean of -ln(probability of the true label), nats.
        confusion: row: true label, column: predicted label; counts.
        probabilities: (photographs, classes) float32.
        groups: that the photographs are in.
    """

    accuracy: MeasuredAccuracy
    log_loss: float
    confusion: tuple[tuple[int, ...], ...]
    probabilities: npt.NDArray[np.float32]
    groups: int

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that have photographs, 0..1."""
        recalls = [row[place] / sum(row) for place, row in enumerate(self.confusion) if sum(row)]
        return sum(recalls) / len(recalls)

    @property
    def photographs(self) -> str:
        """How many, and in how many groups where some are not by themselves."""
        return photographs_in_groups(self.accuracy.photographs, self.groups)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the single probabilities."""
        accuracy = self.accuracy
        return {
            "photographs": accuracy.photographs,
            "groups": self.groups,
            "correct": sum(row[place] for place, row in enumerate(self.confusion)),
            "accuracy": accuracy.top1,
            "accuracy_low": accuracy.low,
            "accuracy_high": accuracy.high,
            "balanced_accuracy": self.balanced_accuracy,
            "log_loss": self.log_loss,
            "confusion": [list(row) for row in self.confusion],
        }


def evaluate_split(model: Any, photographs: Photographs, classes: int, data: str) -> SplitEvaluation:
    """Run a model over prepared photographs and compare with their labels.

    Args:
        model: a `tf_keras.Model` that takes [-1, 1].
        photographs: prepared by `edge_app.model.preparation`.
        classes: number of labels.
        data: what to call the photographs.
    """
    probabilities = run_over(model, photographs, f"evaluating on {data}")
    return evaluate_probabilities(
        probabilities, photographs.targets, classes, data, [file.key for file in photographs.files]
    )


def evaluate_probabilities(
    probabilities: npt.NDArray[np.float32],
    targets: npt.NDArray[np.int64],
    classes: int,
    data: str,
    groups: Sequence[str] | None = None,
    worth: float = 1.0,
) -> SplitEvaluation:
    """Compare probabilities with the truth.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.
        classes: number of labels.
        data: what to call the photographs.
        groups: of each photograph; None: each is by itself.
        worth: of one photograph for the interval, 0..1: less than 1 where answers are not independent.
    """
    groups = [str(place) for place in range(len(targets))] if groups is None else groups
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (targets, predicted), 1)
    accuracy = MeasuredAccuracy.from_counts(
        int(np.trace(confusion)), len(targets), data, worth * independent_photographs(groups)
    )
    rows = tuple(tuple(int(count) for count in row) for row in confusion)
    return SplitEvaluation(accuracy, log_loss(probabilities, targets), rows, probabilities, len(set(groups)))


def log_loss_and_accuracy(logits: npt.NDArray[Any], targets: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the log loss in nats, and the accuracy.

    Args:
        logits: (photographs, classes).
        targets: (photographs,) places of the true labels.
    """
    true = log_softmax(logits)[np.arange(len(targets)), targets]
    return float(-true.mean()), float((logits.argmax(axis=1) == targets).mean())


@dataclass(frozen=True)
class ModelEvaluation:
    """What a network achieves; its temperature is folded in.

    Attributes:
        calibration: what the temperature brought on validation photographs.
        validation: with the temperature.
        test: with the temperature.
        test_confidence: of the test photographs, with the temperature.
        test_confidence_before: without it.
        neither: None: trained without pictures of anything else.
    """

    calibration: Calibration
    validation: SplitEvaluation
    test: SplitEvaluation
    test_confidence: Confidence
    test_confidence_before: Confidence
    neither: NeitherEvaluation | None

    @property
    def validated_by_folds(self) -> bool:
        """Whether no validation photographs were held back."""
        return is_cross_validation(self.validation.accuracy.data)

    @property
    def cross_validated(self) -> bool:
        """Whether no photographs were held back at all: `test` is the result of cross-validation too."""
        return is_cross_validation(self.test.accuracy.data)

    def coverage_sentences(
        self, classes: Mapping[str, Mapping[Split, int]], class_groups: Mapping[str, int]
    ) -> list[str]:
        """Say which classes were not measured; see `train.data.splits.coverage_sentences`."""
        if self.cross_validated:  # every class is measured
            return []
        return coverage_sentences(classes, class_groups, validated=not self.validated_by_folds)

    def calibration_sentences(self) -> list[str]:
        """Say where calibration did not help; nothing where it did, and where no temperature was fitted."""
        if self.validated_by_folds:
            return []
        found, test, test_before = self.calibration, self.test_confidence, self.test_confidence_before
        known = f"{found.before.photographs:,} validation photographs"
        if found.temperature == 1.0:
            why = f"the {known} do not show clearly that another temperature is better"
            if self.validation.accuracy.top1 == 1.0:
                why = f"all {known} are classified correctly, which does not show how confident the network may be"
            return [f"calibration changed nothing (temperature 1): {why}"]
        told = f"calibration (temperature {found.temperature:.2f}) did not help: the log loss of the"
        for photographs, before, after in (
            (known, found.before.log_loss, found.after.log_loss),
            (f"{test.photographs:,} test photographs", test_before.log_loss, test.log_loss),
        ):
            if after > before + _SAME_NATS:
                return [f"{told} {photographs} went up from {before:.4f} to {after:.4f} nats"]
        return []

    def to_json(self) -> dict[str, Any]:
        """Return what `metrics.json` says."""
        return {
            "test": {**self.test.to_json(), "confidence": self.test_confidence.to_json()},
            "test_before_calibration": self.test_confidence_before.to_json(),
            "validation": self.validation.to_json(),
            "calibration": self.calibration.to_json(),
            "neither": None if self.neither is None else self.neither.to_json(),
        }


def evaluate_model(
    model: Any, validation: Photographs, test: Photographs, classes: int, outliers: Photographs | None = None
) -> ModelEvaluation:
    """Fit the temperature, fold it into the model, and evaluate the result.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities; changed in place.
        validation: photographs that fit temperature and threshold.
        test: photographs that fitted nothing.
        classes: number of labels.
        outliers: pictures of anything else that fitted nothing.
    """
    calibration = calibrate(model, validation)
    validated = evaluate_split(model, validation, classes, "validation photographs")
    tested = evaluate_split(model, test, classes, "test photographs")
    neither = None
    if outliers is not None:
        others = run_over(model, outliers, "evaluating on pictures of anything else")
        neither = evaluate_neither(validated.probabilities, tested.probabilities, others)
    before = without_temperature(tested.probabilities, calibration.temperature)
    return ModelEvaluation(
        calibration=calibration,
        validation=validated,
        test=tested,
        test_confidence=Confidence.of(tested.probabilities, test.targets, "test photographs"),
        test_confidence_before=Confidence.of(before, test.targets, "test photographs"),
        neither=neither,
    )


def with_test(evaluation: ModelEvaluation, model: Any, test: Photographs, classes: int) -> ModelEvaluation:
    """Return what cross-validation found, with the result on test photographs that were held back.

    Args:
        evaluation: from `evaluate_cross_validation`.
        model: a `tf_keras.Model` from [-1, 1] to probabilities.
        test: photographs that fitted nothing.
        classes: number of labels.
    """
    tested = evaluate_split(model, test, classes, "test photographs")
    confidence = Confidence.of(tested.probabilities, test.targets, "test photographs")
    return replace(evaluation, test=tested, test_confidence=confidence, test_confidence_before=confidence)


def without_temperature(probabilities: Any, temperature: float) -> Any:
    """Return the probabilities, (photographs, classes) float64, that the network had before the temperature."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-300))
    return softmax(logits, 1.0 / temperature)
