"""What has to be kept of one file's scores to judge it: two numbers a picture, however many classes there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.results.judgement import ClassAccuracy, Judgement, NeitherAnswers, pack_bits
from benchmarks.statistics.estimates import (
    calibration_error_by_chance,
    estimated_auroc,
    estimated_calibration_error,
    estimated_mean,
)
from edge_app.metrics.confidence import SMALLEST_PROBABILITY, Scores, Targets
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image

_OUTSIDE = 1e-3  # float rounding may leave 0..1 by less than this


@dataclass(frozen=True)
class Photographs:
    """What was shown: the photographs that could be read, in the order of their hashes."""

    data: str
    labels: tuple[str, ...]
    sha256: str


class ScoreLog:
    """Shows pictures to one file and keeps the score of the truth and the best score of everything else.

    Accuracy, log loss, calibration error and "neither" need no more, so a thousand classes cost no memory. Where
    several scores have the same label (ImageNet has two cranes) the best of them counts.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._places: dict[str, npt.NDArray[np.intp]] = {}
        self._pairs: list[tuple[float, float]] = []
        self._targets: list[int] = []
        self._others: list[float] = []

    @property
    def card(self) -> ModelCard:
        """Of the file."""
        return self._classifier.card

    def show(self, frame_bgr: Image, label: str) -> None:
        """Classify a photograph; frame_bgr: (height, width, 3) uint8 BGR."""
        scores = self._classifier.scores(frame_bgr)
        places = self._places_of(label)
        true = int(places[scores[places].argmax()])
        rest = scores.copy()
        rest[places] = -np.inf
        other = int(rest.argmax())
        # In the order of the classes, so that of equal scores the earlier one is the answer, as in `Classifier`.
        self._pairs.append((float(scores[min(true, other)]), float(scores[max(true, other)])))
        self._targets.append(int(true > other))

    def show_other(self, frame_bgr: Image) -> None:
        """Classify a picture of anything else; frame_bgr: (height, width, 3) uint8 BGR."""
        self._others.append(float(self._classifier.scores(frame_bgr).max()))

    def judgement(self, photographs: Photographs, others: str, order: npt.NDArray[np.intp]) -> Judgement:
        """Judge.

        Args:
            photographs: which were shown.
            others: which pictures of anything else; none may have been shown.
            order: (photographs,) the places of the photographs as they were shown, sorted by their hashes.
        """
        scores, targets = np.array(self._pairs)[order], np.array(self._targets)[order]
        right = scores.argmax(axis=1) == targets
        probabilities = self._probabilities(scores)
        measured = {} if probabilities is None else _confidence(probabilities, targets)
        return Judgement(
            data=photographs.data,
            photographs=len(targets),
            photographs_sha256=photographs.sha256,
            right_bits=pack_bits(right),
            classes=_classes(photographs.labels, right),
            neither=self._neither(scores.max(axis=1), right, others),
            **measured,  # type: ignore[arg-type]  # three fields by their names
        )

    def _places_of(self, label: str) -> npt.NDArray[np.intp]:
        if label not in self._places:
            self._places[label] = np.flatnonzero([known == label for known in self.card.labels])
        return self._places[label]

    def _probabilities(self, scores: Scores) -> Scores | None:
        inside = scores.min() >= -_OUTSIDE and scores.max() <= 1.0 + _OUTSIDE
        return np.clip(scores, 0.0, 1.0) if self.card.probabilities and inside else None

    def _neither(self, best: Scores, right: npt.NDArray[np.bool_], data: str) -> NeitherAnswers | None:
        if not self._others:
            return None
        others, threshold = np.array(self._others), self.card.neither_threshold
        area = estimated_auroc(best, others)
        if threshold is None:
            return NeitherAnswers(data, len(others), area)
        accepted = best >= threshold
        return NeitherAnswers(
            data,
            len(others),
            area,
            threshold,
            accepted=int(accepted.sum()),
            accepted_right=int((accepted & right).sum()),
            rejected=int((others < threshold).sum()),
        )


def _confidence(probabilities: Scores, targets: Targets) -> dict[str, object]:
    true = np.clip(probabilities[np.arange(len(targets)), targets], SMALLEST_PROBABILITY, 1.0)
    return {
        "log_loss": estimated_mean(-np.log(true)),
        "calibration_error": estimated_calibration_error(probabilities, targets),
        "calibration_error_by_chance": calibration_error_by_chance(probabilities),
    }


def _classes(labels: tuple[str, ...], right: npt.NDArray[np.bool_]) -> tuple[ClassAccuracy, ...]:
    names = np.array(labels)
    return tuple(
        ClassAccuracy(label, int(right[names == label].sum()), int((names == label).sum()))
        for label in sorted(set(labels))
    )
