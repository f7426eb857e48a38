"""From the output tensor to scores: dequantized, and made probabilities where a file of others gives something else.

An output of integers has a grid, and 8 bits round every score below half a step to 0: a mistake would then be an
impossible event. `off_zero` reads such a score as half a step. The browser page does the same (`scores.js`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from edge_app.common.notices import note

ScoreReading = Literal["scores", "logits", "watched", "one_score", "one_logit"]
"""What an output holds: a score per label; a logit per label; one of the two, which its values will tell; the score of
the second of two labels; its logit."""

_SLACK = 0.02  # beyond 0..1, which rounding to 8 bits may cause
_SUM_SLACK = 0.06  # of a sum of scores: half a step of 8 bits for each of some labels

_FLOOR_STEPS = 0.5
_MOST_STEPS = 2.0  # of all floors together, so that no score moves by more than a step of 8 bits
_FEW = 32  # labels: plain numbers take less time than six calls of numpy


@dataclass(frozen=True)
class Quantization:
    """Affine quantization of a tensor: real = scale × (stored - zero_point). Scale 0: not quantized."""

    scale: float = 0.0
    zero_point: int = 0


NOT_QUANTIZED = Quantization()


def dequantize(stored: npt.NDArray[Any], quantization: Quantization) -> npt.NDArray[np.float32]:
    """Return real values: scale × (stored - zero point); float tensors as they are."""
    if quantization.scale == 0.0:
        return stored.astype(np.float32)
    return (stored.astype(np.float32) - quantization.zero_point) * np.float32(quantization.scale)


def score_floor(quantization: Quantization) -> float | None:
    """Return what a score that was rounded to 0 is read as: half a step; None where the output is not quantized."""
    return _FLOOR_STEPS * quantization.scale or None


def off_zero(stored: npt.NDArray[Any], quantization: Quantization) -> tuple[float, float]:
    """Return the fewest steps that a score is read as, and how many steps are a score of 1.

    Zeros become half a step. More than four of them share two steps, or what the other scores leave of 1 where that is
    more: among a thousand labels in doubt it is much. All are divided by their sum. Numbers that do not add up to 1
    within the rounding are no probabilities and are read as they are.

    Args:
        stored: (labels,), whole steps above the zero point.
        quantization: of the output, its scale above 0.
    """
    zero, count = quantization.zero_point, len(stored)
    if count <= _FEW:
        steps = [one - zero for one in stored.tolist()]
        least, most, total = min(steps), max(steps), sum(steps)
        above = [one for one in steps if one >= _FLOOR_STEPS]
        zeros, kept = count - len(above), sum(above)
    else:
        least, most = stored.min().item() - zero, stored.max().item() - zero
        kept = total = stored.sum().item() - count * zero
        zeros = count - int(np.count_nonzero(stored > zero))
        if least < 0:
            kept = np.maximum(stored, zero).sum().item() - count * zero
    scale = quantization.scale
    if _no_probabilities(least * scale, most * scale, total * scale, count):
        return -math.inf, 1.0 / scale
    floor = min(_FLOOR_STEPS, max(_MOST_STEPS, 1.0 / scale - kept) / max(zeros, 1))
    return floor, kept + zeros * floor


class ScoreReader:
    """Reads the scores of one model.

    Args:
        quantization: of the output tensor.
        reading: what the output holds.
        name: of the file, for the notice that its scores are logits.
    """

    def __init__(self, quantization: Quantization, reading: ScoreReading = "scores", name: str = "") -> None:
        self.quantization, self._reading, self._name = quantization, reading, name

    @property
    def is_plain(self) -> bool:
        """Whether the order of the scores is that of the stored values."""
        return self._reading == "scores"

    def read(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return a score per label, (labels,) float32, of a copy of the output."""
        if not self.is_plain:
            values = dequantize(raw, self.quantization)
            if self._reading == "watched" and are_logits(values):
                lowest, highest = values.min(), values.max()
                note(f"`{self._name}` gives no probabilities ({lowest:.3g} to {highest:.3g}): softmax is applied")
                self._reading = "logits"
            if self._reading == "logits":
                from edge_app.metrics.confidence import log_softmax  # only some files of others need it

                return np.asarray(np.exp(log_softmax(values)), np.float32)
            if self._reading in ("one_score", "one_logit"):
                return self._of_two(float(values[0]))
        return _probabilities(raw, self.quantization)

    def _of_two(self, value: float) -> npt.NDArray[np.float32]:
        """Return both scores of an output that tells only the second, or its logit."""
        if self._reading == "one_logit":
            second = 1.0 / (1.0 + float(np.exp(-value)))
            return np.array([1.0 - second, second], np.float32)  # the sigmoid of a logit is never 0
        scale = self.quantization.scale or 1.0
        return _probabilities(np.array([1.0 - value, value]) / scale, replace(self.quantization, zero_point=0))

    def read_at(self, raw: npt.NDArray[Any], places: Sequence[int]) -> list[float]:
        """Return some of the scores, as `read` does, of a plain reading; a live loop does it for every frame."""
        quantization = self.quantization
        if quantization.scale == 0.0:
            return [raw.item(place) for place in places]
        (floor, whole), zero = off_zero(raw, quantization), quantization.zero_point
        scores = [max(raw.item(place) - zero, floor) / whole for place in places]
        rounded: list[float] = np.array(scores, np.float32).tolist()
        return rounded


def are_logits(values: npt.NDArray[np.float32]) -> bool:
    """Tell whether values cannot be probabilities: outside 0..1, or with another sum than 1."""
    return _no_probabilities(float(values.min()), float(values.max()), float(values.sum()), len(values))


def _no_probabilities(least: float, most: float, total: float, count: int) -> bool:
    outside = least < -_SLACK or most > 1.0 + _SLACK
    return outside or abs(total - 1.0) > _SUM_SLACK + count / 510.0


def _probabilities(stored: npt.NDArray[Any], quantization: Quantization) -> npt.NDArray[np.float32]:
    if quantization.scale == 0.0:
        return np.asarray(stored, np.float32)
    floor, whole = off_zero(stored, quantization)
    steps = stored.astype(np.float64) - quantization.zero_point
    return np.asarray(np.maximum(steps, floor) / whole, np.float32)
