"""How good a model is on photographs it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import log_loss
from train.data.loading import Photographs
from train.evaluation.inference import run_over


@dataclass(frozen=True)
class Evaluation:
    """The result on one split.

    Attributes:
        accuracy: top-1 with its interval.
        log_loss: mean of -ln(probability of the true label), nats.
        confusion: row: true label, column: predicted label; counts.
        probabilities: (photographs, classes) float32.
    """

    accuracy: MeasuredAccuracy
    log_loss: float
    confusion: tuple[tuple[int, ...], ...]
    probabilities: npt.NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        """Return everything but the single probabilities."""
        accuracy = self.accuracy
        return {
            "photographs": accuracy.photographs,
            "correct": sum(row[place] for place, row in enumerate(self.confusion)),
            "accuracy": accuracy.top1,
            "accuracy_low": accuracy.low,
            "accuracy_high": accuracy.high,
            "log_loss": self.log_loss,
            "confusion": [list(row) for row in self.confusion],
        }


def evaluate(model: Any, photographs: Photographs, classes: int, data: str) -> Evaluation:
    """Run a model over prepared photographs and judge it.

    Args:
        model: a `tf_keras.Model` that takes [-1, 1].
        photographs: prepared by `edge_app.model.preparation`.
        classes: number of labels.
        data: what to call the photographs.
    """
    probabilities = run_over(model, photographs, f"evaluating on {data}")
    return judge(probabilities, photographs.targets, classes, data)


def judge(
    probabilities: npt.NDArray[np.float32], targets: npt.NDArray[np.int64], classes: int, data: str
) -> Evaluation:
    """Compare probabilities with the truth.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.
        classes: number of labels.
        data: what to call the photographs.
    """
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (targets, predicted), 1)
    accuracy = MeasuredAccuracy.from_counts(int(np.trace(confusion)), len(targets), data)
    rows = tuple(tuple(int(count) for count in row) for row in confusion)
    return Evaluation(accuracy, log_loss(probabilities, targets), rows, probabilities)


def log_loss_and_accuracy(logits: npt.NDArray[Any], targets: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the log loss in nats, and the accuracy.

    Args:
        logits: (photographs, classes).
        targets: (photographs,) places of the true labels.
    """
    exact = logits.astype(np.float64)
    shifted = exact - exact.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    true = log_p[np.arange(len(targets)), targets]
    return float(-true.mean()), float((exact.argmax(axis=1) == targets).mean())
