"""What has to be kept of one file's scores to judge it: two numbers a picture, however many classes there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.results.judgement import ClassAccuracy, Judgement, NeitherAnswers, pack_bits
from benchmarks.results.other_source import Answered
from benchmarks.statistics.estimates import (
    calibration_error_by_chance,
    estimated_auroc,
    estimated_calibration_error,
    estimated_mean,
)
from edge_app.metrics.accuracy import independent_photographs
from edge_app.metrics.confidence import SMALLEST_PROBABILITY, Scores, Targets
from edge_app.metrics.paired_comparison import Rights
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image

_OUTSIDE = 1e-3  # float rounding may leave 0..1 by less than this


@dataclass(frozen=True)
class Photographs:
    """What was shown: the photographs that could be read, in the order of their hashes.

    Attributes:
        data: which ones.
        labels: of each.
        sha256: of all hashes and labels.
        groups: number of each one's group, see `Judgement`; empty: each is by itself.
    """

    data: str
    labels: tuple[str, ...]
    sha256: str
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Others:
    """What was shown of anything else: which pictures, and the number of each one's group; empty: as above."""

    data: str
    groups: tuple[int, ...] = ()


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

    def judgement(self, photographs: Photographs, others: Others, order: npt.NDArray[np.intp]) -> Judgement:
        """Judge.

        Args:
            photographs: which were shown.
            others: which pictures of anything else; none may have been shown.
            order: (photographs,) the places of the photographs as they were shown, sorted by their hashes.
        """
        scores, targets = np.array(self._pairs)[order], np.array(self._targets)[order]
        right = scores.argmax(axis=1) == targets
        probabilities = self._probabilities(scores)
        measured = {} if probabilities is None else _confidence(probabilities, targets, photographs.groups)
        return Judgement(
            data=photographs.data,
            photographs=len(targets),
            photographs_sha256=photographs.sha256,
            right_bits=pack_bits(right),
            classes=_classes(photographs, right),
            neither=self._neither(scores.max(axis=1), right, photographs.groups, others),
            groups=photographs.groups,
            **measured,  # type: ignore[arg-type]  # three fields by their names
        )

    def answered(self, groups: Sequence[int]) -> Answered | None:
        """Tell how many photographs get a label at the card's threshold; None: the card has none.

        Args:
            groups: see `Judgement`.
        """
        threshold = self.card.neither_threshold
        if threshold is None:
            return None
        scores = np.array(self._pairs)
        accepted = scores.max(axis=1) >= threshold
        right = int((accepted & (scores.argmax(axis=1) == np.array(self._targets))).sum())
        worth = independent_photographs(groups) if groups else None
        return Answered(threshold, len(scores), int(accepted.sum()), right, worth)

    def _places_of(self, label: str) -> npt.NDArray[np.intp]:
        if label not in self._places:
            self._places[label] = np.flatnonzero([known == label for known in self.card.labels])
        return self._places[label]

    def _probabilities(self, scores: Scores) -> Scores | None:
        inside = scores.min() >= -_OUTSIDE and scores.max() <= 1.0 + _OUTSIDE
        return np.clip(scores, 0.0, 1.0) if self.card.probabilities and inside else None

    def _neither(self, best: Scores, right: Rights, groups: tuple[int, ...], shown: Others) -> NeitherAnswers | None:
        if not self._others:
            return None
        others, threshold = np.array(self._others), self.card.neither_threshold
        area = estimated_auroc(best, others, groups, shown.groups)
        worth = _independent(shown.groups, np.full(len(others), True))
        if threshold is None:
            return NeitherAnswers(shown.data, len(others), area, others_independent=worth)
        accepted = best >= threshold
        return NeitherAnswers(
            shown.data,
            len(others),
            area,
            threshold,
            accepted=int(accepted.sum()),
            accepted_right=int((accepted & right).sum()),
            rejected=int((others < threshold).sum()),
            accepted_independent=_independent(groups, accepted),
            others_independent=worth,
        )


def _confidence(probabilities: Scores, targets: Targets, groups: Sequence[int]) -> dict[str, object]:
    true = np.clip(probabilities[np.arange(len(targets)), targets], SMALLEST_PROBABILITY, 1.0)
    return {
        "log_loss": estimated_mean(-np.log(true), groups),
        "calibration_error": estimated_calibration_error(probabilities, targets, groups),
        "calibration_error_by_chance": calibration_error_by_chance(probabilities, groups),
    }


def _classes(photographs: Photographs, right: Rights) -> tuple[ClassAccuracy, ...]:
    names = np.array(photographs.labels)
    return tuple(
        _class_accuracy(label, names == label, right, photographs.groups) for label in sorted(set(photographs.labels))
    )


def _class_accuracy(label: str, of_class: Rights, right: Rights, groups: tuple[int, ...]) -> ClassAccuracy:
    independent = _independent(groups, of_class)
    return ClassAccuracy(label, int((right & of_class).sum()), int(of_class.sum()), independent)


def _independent(groups: tuple[int, ...], counted: Rights) -> float | None:
    """How many independent pictures say as much as those that count; None: each is by itself, or none counts."""
    return independent_photographs(np.array(groups)[counted].tolist()) if groups and counted.any() else None
