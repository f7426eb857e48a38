"""How long a sweep takes, from rates measured before; what is finished corrects them.

The rates are of 2 cores of a server with AVX512 (`timings_s` of the committed `results/*/run.json`). MobileNetV2 trains
at the speed of its depthwise convolutions, whose work goes with channels × pixels and not with MACs; the custom CNN's
convolutions are dense, so there it is MACs.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from train.models.registry import architecture_of
from train.recipes import Recipe

TRAINING_SHARE = 0.65  # of the photographs, see edge_app/photographs/splits.py
JUDGED_SHARE = 0.35

_CHANGING_S = 0.04e-6  # per pixel: reading a photograph from memory and changing it
_WHOLE_S = 1.05e-6  # per pixel and width: a step of all of MobileNetV2
_PARTIAL_S = 0.55e-6  # the same from a block in its middle
_FORWARD_S = 0.25e-6  # its answer
_DENSE_S = 40e-12  # per MAC: a step of the custom CNN
_DENSE_16_BIT_S = 25e-12
_DENSE_FORWARD_S = 10e-12
_HEAD_S = 0.1e-3  # a photograph's features through the head
_START_S = 20.0  # TensorFlow, compiling, writing; once per process
_DECODE_S = 4e-3  # a photograph from its file
_COLD_STARTS_S = 8.0  # per file, beside the seconds of warm runs: fresh processes and their warm-up


@dataclass(frozen=True)
class PointBudget:
    """What a point still needs.

    Attributes:
        name: of the point.
        state: `finished`, `trained`, `begun` or `to do`.
        training_s: at most, 0 if it is trained.
        conversion_s: with judging its files, 0 if that is done.
    """

    name: str
    state: str
    training_s: float
    conversion_s: float

    @property
    def duration_s(self) -> float:
        """Of both, seconds."""
        return self.training_s + self.conversion_s


def training_s(recipe: Recipe, photographs: int, mixed_precision: bool = False, teacher: Recipe | None = None) -> float:
    """Estimate a training at its longest, seconds.

    Args:
        recipe: with the point's width and size.
        photographs: of all splits.
        mixed_precision: whether it computes in 16 bits.
        teacher: recipe of the run that it learns from.
    """
    trained = TRAINING_SHARE * photographs
    step_s = _CHANGING_S * recipe.input_size**2 + _step_s(recipe, mixed_precision)
    total_s = _START_S + photographs * _DECODE_S + trained * recipe.epochs * recipe.soup * step_s
    if architecture_of(recipe).has_backbone:
        total_s += photographs * forward_s(recipe) + trained * recipe.head_epochs * _HEAD_S
    if teacher is not None:
        total_s += trained * recipe.views * forward_s(teacher)
    return total_s


def conversion_s(recipe: Recipe, photographs: int, files: int) -> float:
    """Estimate a conversion with its proof, and judging every file on validation photographs, seconds."""
    judged = JUDGED_SHARE * photographs
    return _START_S + judged * (2 * _DECODE_S + (1 + 2 * files) * forward_s(recipe))


def latency_s(files: int, seconds: float) -> float:
    """Estimate the measurement of all files, seconds."""
    return files * (seconds + _COLD_STARTS_S)


def forward_s(recipe: Recipe) -> float:
    """Estimate the answer about one photograph, seconds."""
    if architecture_of(recipe).has_backbone:
        return _FORWARD_S * recipe.width * recipe.input_size**2
    return _DENSE_FORWARD_S * convolution_macs(recipe)


def convolution_macs(recipe: Recipe) -> int:
    """Return the MACs of the custom CNN's 3×3 convolutions; each block halves the picture."""
    macs, channels, side = 0, 3, recipe.input_size
    for filters in recipe.filters:
        for _ in range(recipe.convolutions):
            macs += 9 * channels * filters * side**2
            channels = filters
        side //= 2
    return macs


def correction(estimated_s: Sequence[float], took_s: Sequence[float]) -> float:
    """Return by how much finished trainings took longer than estimated, their median; 1 where none is finished."""
    if not estimated_s:
        return 1.0
    return float(statistics.median(took / estimate for took, estimate in zip(took_s, estimated_s, strict=True)))


def _step_s(recipe: Recipe, mixed_precision: bool) -> float:
    if architecture_of(recipe).has_backbone:
        rate = _PARTIAL_S if recipe.fine_tune_from else _WHOLE_S
        return rate * recipe.width * recipe.input_size**2
    return (_DENSE_16_BIT_S if mixed_precision else _DENSE_S) * convolution_macs(recipe)
