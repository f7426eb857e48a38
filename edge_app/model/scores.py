"""From the output tensor to scores: dequantized, and made probabilities where a file of others gives something else.

An output of integers has a grid, and 8 bits round every score below half a step to 0: a mistake would then be an
impossible event. `off_zero` reads such a score as half a step. The browser page does the same (`scores.js`).
"""

from __future__ import annotations

from dataclasses import dataclass
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
_MOST_STEPS = 4.0  # of all floors together: a thousand labels must not take a share from the best one


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


def off_zero(values: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    """Return probabilities that were rounded to a grid, without zeros, adding up to 1 and in the same order.

    Zeros become half a step; more than eight of them share four steps. Numbers that do not add up to 1 within the
    rounding are no probabilities and are returned as they are.

    Args:
        values: (labels,) float32, multiples of the scale.
        scale: a step of the grid, above 0.
    """
    if are_logits(values):
        return values
    zeros = int((values < _FLOOR_STEPS * scale).sum())
    floor = min(_FLOOR_STEPS, _MOST_STEPS / max(zeros, 1)) * scale
    raised = np.maximum(values.astype(np.float64), floor)
    return np.asarray(raised / raised.sum(), np.float32)


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
        values = dequantize(raw, self.quantization)
        if self._reading == "watched" and are_logits(values):
            note(
                f"`{self._name}` gives no probabilities ({values.min():.3g} to {values.max():.3g}): softmax is applied"
            )
            self._reading = "logits"
        if self._reading == "logits":
            from edge_app.metrics.confidence import log_softmax  # only some files of others need it

            return np.asarray(np.exp(log_softmax(values)), np.float32)
        if self._reading in ("one_score", "one_logit"):
            second = float(values[0]) if self._reading == "one_score" else 1.0 / (1.0 + float(np.exp(-values[0])))
            values = np.array([1.0 - second, second], np.float32)
            if self._reading == "one_logit":
                return values  # the sigmoid of a logit is never 0
        return off_zero(values, self.quantization.scale) if self.quantization.scale > 0.0 else values


def are_logits(values: npt.NDArray[np.float32]) -> bool:
    """Tell whether values cannot be probabilities: outside 0..1, or with another sum than 1."""
    outside = values.min() < -_SLACK or values.max() > 1.0 + _SLACK
    return bool(outside or abs(float(values.sum()) - 1.0) > _SUM_SLACK + len(values) / 510.0)
