"""How far scores can be trusted: calibration, ROC, and the score below which the answer is "neither"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 15
"""Of equal width over 0..1, as in Guo et al., 2017."""

ACCEPTED_SHARE = 0.96
"""Share of photographs of the real classes that a "neither" threshold must let through."""

SMALLEST_PROBABILITY = 1e-7
"""Keeps the log loss of a sure mistake finite, as Keras does; of an 8-bit file's score 0 too."""

Scores = npt.NDArray[np.floating[Any]]
Targets = npt.NDArray[np.integer[Any]]


def log_softmax(logits: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return natural logarithms of probabilities, of the shape of the logits: the classes are the last axis."""
    exact = np.asarray(logits, np.float64)
    shifted = exact - exact.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


@dataclass(frozen=True)
class ReliabilityBin:
    """Photographs whose best score lies in one bin.

    Attributes:
        low: the bin is low < score <= high; both 0..1.
        high: see `low`.
        photographs: how many.
        confidence: mean best score, 0..1; 0 where there are no photographs.
        accuracy: share whose best label is right, 0..1; 0 where there are no photographs.
    """

    low: float
    high: float
    photographs: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Confidence:
    """How far probabilities can be believed, and on what it was measured.

    Attributes:
        log_loss: see `log_loss`, nats.
        expected_calibration_error: see `expected_calibration_error`, 0..1.
        photographs: how many.
        data: what was measured on.
    """

    log_loss: float
    expected_calibration_error: float
    photographs: int
    data: str

    @classmethod
    def of(cls, probabilities: Scores, targets: Targets, data: str) -> Confidence:
        """Measure.

        Args:
            probabilities: (photographs, classes).
            targets: (photographs,) places of the true labels.
            data: what to call the photographs.
        """
        error = expected_calibration_error(probabilities, targets)
        return cls(log_loss(probabilities, targets), error, len(targets), data)

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


@dataclass(frozen=True)
class RocCurve:
    """Corners of a ROC curve, from (0, 0) to (1, 1).

    Attributes:
        false_positive_rates: (corners,) float64, never falling.
        true_positive_rates: (corners,) float64, never falling.
        thresholds: (corners,) float64, falling; at a corner the scores >= its threshold are taken for positive. The
            first one is infinite.
    """

    false_positive_rates: npt.NDArray[np.float64]
    true_positive_rates: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]


def log_loss(probabilities: Scores, targets: Targets) -> float:
    """Return the mean of -ln(probability of the true label), nats; probabilities below 1e-7 count as 1e-7.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.

    Raises:
        ValueError: there are no photographs, or the shapes do not belong together.
    """
    _check(probabilities, targets)
    true = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return float(-np.log(np.clip(true, SMALLEST_PROBABILITY, 1.0)).mean())


def expected_calibration_error(probabilities: Scores, targets: Targets, bins: int = BINS) -> float:
    """Return the mean distance between confidence and accuracy over bins of equal width, weighted by photographs.

    Sum over bins of share of the photographs × |accuracy - mean confidence|, the confidence being the best score: Guo
    et al., ICML 2017 (arXiv:1706.04599), equation 3.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.
        bins: number of bins, at least 1.

    Raises:
        ValueError: there are no photographs, or the shapes do not belong together.
    """
    found = reliability_bins(probabilities, targets, bins)
    return sum(one.photographs * abs(one.accuracy - one.confidence) for one in found) / len(targets)


def reliability_bins(probabilities: Scores, targets: Targets, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Sort photographs into bins of equal width by their best score, empty ones included.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.
        bins: number of bins, at least 1.

    Raises:
        ValueError: there are no photographs, or the shapes do not belong together.
    """
    _check(probabilities, targets)
    best = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == targets
    edges = np.arange(bins + 1) / bins
    places = np.clip(np.searchsorted(edges, best, side="left") - 1, 0, bins - 1)  # edges belong to the bin below
    counts = np.bincount(places, minlength=bins)
    confidences = np.bincount(places, best, minlength=bins) / np.maximum(1, counts)
    accuracies = np.bincount(places, right, minlength=bins) / np.maximum(1, counts)
    rows = zip(edges[:-1], edges[1:], counts, confidences, accuracies, strict=True)
    return tuple(ReliabilityBin(float(a), float(b), int(n), float(c), float(d)) for a, b, n, c, d in rows)


def auroc(positive: Scores, negative: Scores) -> float:
    """Return the area under the ROC curve: the chance that a positive scores above a negative, ties counting half.

    The statistic of Mann and Whitney over the number of pairs: J. A. Hanley and B. J. McNeil, Radiology 143 (1982) 29.

    Args:
        positive: (any number above 0,) scores of what should score high.
        negative: (any number above 0,) scores of the others.

    Raises:
        ValueError: one of them is empty, or a score is no number.
    """
    _check_two(positive, negative)
    ordered = np.sort(np.asarray(negative, np.float64))
    scores = np.asarray(positive, np.float64)
    below, not_above = (np.searchsorted(ordered, scores, side) for side in ("left", "right"))
    return float((below + not_above).sum() / (2 * len(scores) * len(ordered)))


def one_vs_rest_auroc(probabilities: Scores, targets: Targets) -> tuple[float | None, ...]:
    """Return per class the AUROC of its photographs against all others, by the score of the class.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.

    Returns:
        one per class; None where a class has no photographs, or all of them.
    """
    _check(probabilities, targets)
    return tuple(
        auroc(scores[targets == place], scores[targets != place])
        if 0 < np.count_nonzero(targets == place) < len(targets)
        else None
        for place, scores in enumerate(probabilities.T)
    )


def roc_curve(positive: Scores, negative: Scores) -> RocCurve:
    """Return the ROC curve with one corner per distinct score; its area by trapezoids is `auroc`.

    Args:
        positive: (any number above 0,) scores of what should score high.
        negative: (any number above 0,) scores of the others.

    Raises:
        ValueError: one of them is empty, or a score is no number.
    """
    _check_two(positive, negative)
    thresholds = np.unique(np.concatenate([positive, negative]).astype(np.float64))[::-1]
    rates = [_shares_from(np.asarray(scores, np.float64), thresholds) for scores in (negative, positive)]
    return RocCurve(rates[0], rates[1], np.concatenate([[math.inf], thresholds]))


def neither_threshold(best_scores: Sequence[float] | Scores, accept: float = ACCEPTED_SHARE) -> float:
    """Return the largest threshold that lets at least a share of photographs of the real classes through.

    A photograph is let through if its best score >= threshold, as `Classifier` decides. So the threshold is itself one
    of the scores; where several photographs have just this score, all of them are let through and the share is larger.

    Args:
        best_scores: (photographs,) best score of photographs of the real classes, 0..1.
        accept: share to let through, above 0, at most 1.

    Raises:
        ValueError: there are no scores, one is outside 0..1, or the share is.
    """
    scores = np.sort(np.asarray(best_scores, np.float64))[::-1]
    if not len(scores) or not (scores[-1] >= 0.0 and scores[0] <= 1.0):
        raise ValueError("a threshold needs scores within 0..1, at least one")
    if not 0.0 < accept <= 1.0:
        raise ValueError(f"the share to accept must be above 0 and at most 1, received {accept}")
    needed = math.ceil(accept * len(scores))
    if needed > 1 and (needed - 1) / len(scores) >= accept:  # 0.95 × 20 may come out above 19
        needed -= 1
    return float(scores[min(needed, len(scores)) - 1])


def _shares_from(scores: npt.NDArray[np.float64], thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(1 + thresholds,): 0, then the share of scores >= each threshold."""
    below = np.searchsorted(np.sort(scores), thresholds, side="left")
    return np.concatenate([[0.0], 1.0 - below / len(scores)])


def _check(probabilities: Scores, targets: Targets) -> None:
    if probabilities.ndim != 2 or targets.shape != probabilities.shape[:1] or not len(targets):
        raise ValueError(
            f"(photographs, classes) and (photographs,) are needed, received {probabilities.shape} and {targets.shape}"
        )


def _check_two(positive: Scores, negative: Scores) -> None:
    if not len(positive) or not len(negative):
        raise ValueError(f"both sides need scores, received {len(positive)} and {len(negative)}")
    if np.isnan(positive).any() or np.isnan(negative).any():
        raise ValueError("a score is not a number")
