"""A label that does not flicker: scores smoothed in time, and a label that stays until another is clearly better.

With p the scores of a frame, taken Δt seconds after the one before, the smoothed scores s follow the usual first-order
low-pass filter, exact for any Δt:

    s ← s + (1 - exp(-Δt / τ)) · (p - s)

so after τ seconds 63 % of a step has arrived, at 5 frames a second as at 60. The label shown then changes

- to another label, when its smoothed score is `LABEL_MARGIN` above that of the label shown;
- to `neither`, when the best smoothed score is `NEITHER_MARGIN` below the threshold;
- away from `neither`, when the best smoothed score reaches the threshold.

τ = 0 switches both off: every frame counts by itself.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edge_app.model.card import NEITHER
from edge_app.model.classifier import FrameModel, Prediction, top_k

LABEL_MARGIN = 0.10
NEITHER_MARGIN = 0.05


Scored = tuple[tuple[str, float], ...]
"""Pairs of label and score, best first."""


class LabelSmoother:
    """Turns raw predictions into the label to show, whichever model they come from.

    Args:
        time_constant_s: τ above, seconds; 0: every frame counts by itself.
        count: how many labels are listed.
    """

    def __init__(self, time_constant_s: float = 0.0, count: int = 5) -> None:
        self.count = count
        self._time_constant_s = time_constant_s
        self._smoother: Smoother | None = None
        self._classifier: FrameModel | None = None

    def smooth(self, prediction: Prediction, classifier: FrameModel, at_s: float) -> tuple[str, Scored]:
        """Return the label to show and the scores to list.

        Args:
            prediction: of the newest frame.
            classifier: that made it; after a change of model smoothing begins anew.
            at_s: when the frame was captured, seconds; see `Smoother.add`.
        """
        if self._time_constant_s <= 0.0 or prediction.raw is None:
            return prediction.label, prediction.top
        if self._smoother is None or self._classifier is not classifier:  # another model has other labels
            card = classifier.card
            self._smoother = Smoother(card.labels, self._time_constant_s, card.neither_threshold, self.count)
            self._classifier = classifier
        return self._smoother.add(classifier.real_scores(prediction.raw), at_s)


class Smoother:
    """Smooths the scores of one model.

    Args:
        labels: one per score.
        time_constant_s: τ above, seconds; more than 0.
        threshold: below it the label is `neither`, 0..1; None: never.
        count: how many labels are listed.
    """

    def __init__(self, labels: tuple[str, ...], time_constant_s: float, threshold: float | None, count: int) -> None:
        if time_constant_s <= 0.0:
            raise ValueError(f"the time constant must be above 0 s, received {time_constant_s}")
        self._labels, self._tau_s, self._threshold = labels, time_constant_s, threshold
        self._count = min(count, len(labels))
        self._scores = np.zeros(len(labels))
        self._before_s: float | None = None
        self._shown: int | None = None  # place of the label shown; None: neither

    def add(self, scores: npt.NDArray[np.float32], at_s: float) -> tuple[str, Scored]:
        """Add the scores of a frame; return the label to show and the smoothed scores to list.

        Args:
            scores: (classes,) float, 0..1.
            at_s: when the frame was captured, seconds; a time before the last one (a video that loops) starts over.
        """
        first = self._before_s is None or at_s < self._before_s
        weight = 1.0 if first else -math.expm1(-(at_s - (self._before_s or 0.0)) / self._tau_s)
        self._before_s = at_s
        self._scores += weight * (scores - self._scores)
        best = top_k(self._scores, self._count)
        self._choose(int(best[0]), first)
        label = NEITHER if self._shown is None else self._labels[self._shown]
        return label, tuple((self._labels[place], float(self._scores[place])) for place in best.tolist())

    def _choose(self, best: int, first: bool) -> None:
        score, threshold = self._scores[best], self._threshold or 0.0
        if first or self._shown is None:
            self._shown = best if score >= threshold else None
        elif score < threshold - NEITHER_MARGIN:
            self._shown = None
        elif score >= self._scores[self._shown] + LABEL_MARGIN:
            self._shown = best
