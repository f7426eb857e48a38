"""What a fitted temperature does to photographs that did not fit it, and what 8 bits do to a log loss.

Heads learn from MobileNetV2 features of some photographs. Simulated validation sets are drawn from a pool, each fits a
temperature, and all other photographs judge it against a temperature of 1. The epoch is the last one, an early one, or
chosen on the simulated set itself, as `train` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from benchmarks.results.calibration import (
    SCORES_HEAD,
    TRIALS_HEAD,
    CalibrationResult,
    Epoch,
    RoundedScores,
    Trial,
    score_rows,
    trial_rows,
)
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from edge_app.common.errors import DataError
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.metrics.confidence import log_loss, log_softmax
from edge_app.model.scores import Quantization, ScoreReader, dequantize
from edge_app.photographs.folders import find_photographs
from train.data.loading import SplitReader
from train.data.splits import data_sha256
from train.evaluation.confidence import fit_temperature, softmax
from train.evaluation.inference import run_over
from train.models import build_model
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import FEATURES_LAYER

SIZES = (15, 50, 150, 794)
_INPUT_SIZE = 96
_EPOCHS, _EARLY_EPOCH, _BATCH, _LEARNING_RATE = 12, 3, 32, 1e-3
_OUTPUT = Quantization(1 / 256, 0)  # of every softmax that the converter rounds to bytes

Floats = npt.NDArray[np.float64]
Targets = npt.NDArray[np.int64]


def run_calibration(
    photographs: Path, weights: str, learned: Sequence[int], draws: int, out: Path, overwrite: bool
) -> int:
    """Draw, fit, judge; print the tables, write the raw result.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    features, targets, sha256 = _features(photographs, weights)
    pool = min(2500, len(targets) // 3)
    sizes = [size for size in SIZES if size <= pool // 2]
    if not sizes or max(learned) + pool >= len(targets):
        raise DataError(f"`{photographs}` has {len(targets)} photographs, too few to learn, fit and judge; give more")
    trials, rounded = list[Trial](), list[RoundedScores]()
    for count in learned:
        order = np.random.default_rng(count).permutation(len(targets))
        parts = order[:count], order[count : count + pool], order[count + pool :]
        heads = [
            [features[part] @ kernel + bias for part in parts[1:]]
            for kernel, bias in _heads(features[parts[0]], targets[parts[0]])
        ]
        trials += _trials(heads, [targets[part] for part in parts[1:]], count, sizes, draws)
        rounded.append(rounded_scores(softmax(heads[-1][1]), targets[parts[2]], count))
    result = CalibrationResult(
        now(), examine_device(), photographs.resolve().name, sha256, tuple(trials), tuple(rounded)
    )
    write_result(out, result)
    print(text_table(TRIALS_HEAD, trial_rows(trials)))
    print(text_table(SCORES_HEAD, score_rows(rounded)))
    print(f"result  {out}")
    return 0


def rounded_scores(probabilities: Floats, targets: Targets, learned: int) -> RoundedScores:
    """Round (photographs, classes) probabilities as a softmax of 8 bits does, and read them."""
    stored = np.rint(probabilities / _OUTPUT.scale).clip(0, 255).astype(np.uint8)
    reader = ScoreReader(_OUTPUT)
    return RoundedScores(
        learned=learned,
        real=log_loss(probabilities, targets),
        stored=log_loss(dequantize(stored, _OUTPUT), targets),
        read=log_loss(np.stack([reader.read(row) for row in stored]), targets),
        zeros=float((stored == 0).mean()),
    )


def _trials(
    heads: Sequence[Sequence[Floats]], targets: Sequence[Targets], learned: int, sizes: Sequence[int], draws: int
) -> Iterator[Trial]:
    for size in sizes:
        for seed in range(draws):
            drawn = np.random.default_rng((learned, seed)).permutation(len(targets[0]))[:size]
            known = targets[0][drawn]
            fitted = [fit_temperature(head[0][drawn], known) for head in heads]
            losses = [_loss(head[0][drawn], known, one) for head, one in zip(heads, fitted, strict=True)]
            places: dict[Epoch, int] = {"last": len(heads) - 1, "early": _EARLY_EPOCH, "chosen": int(np.argmin(losses))}
            for epoch, place in places.items():
                judged, temperature = heads[place][1], fitted[place]
                at_1 = _loss(judged, targets[1], 1.0)
                yield Trial(learned, epoch, size, seed, temperature, _loss(judged, targets[1], temperature), at_1)


def _loss(logits: Floats, targets: Targets, temperature: float) -> float:
    return float(-log_softmax(logits / temperature)[np.arange(len(targets)), targets].mean())


def _heads(features: Floats, targets: Targets) -> Iterator[tuple[Floats, Floats]]:
    """Kernel and bias of a linear softmax after every epoch of Adam (Kingma & Ba, 2015), started at 0."""
    random, classes = np.random.default_rng(0), int(targets.max()) + 1
    inputs, wanted = np.column_stack([features, np.ones(len(features))]), np.eye(classes)[targets]
    weights = np.zeros((inputs.shape[1], classes))
    mean, square, step = np.zeros_like(weights), np.zeros_like(weights), 0
    for _ in range(_EPOCHS):
        order = random.permutation(len(targets))
        for start in range(0, len(order), _BATCH):
            batch, step = order[start : start + _BATCH], step + 1
            slope = inputs[batch].T @ (softmax(inputs[batch] @ weights) - wanted[batch]) / len(batch)
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            rate = _LEARNING_RATE * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            weights = weights - rate * mean / (np.sqrt(square) + 1e-8)
        yield weights[:-1], weights[-1]


def _features(root: Path, weights: str) -> tuple[Floats, Targets, str]:
    reader = SplitReader(find_photographs(root), _INPUT_SIZE, refuse_empty=False)
    reader.train_on_all()
    reader.streamed = True  # the same pixels, and no gigabytes of them
    photographs = reader.load("train")
    model = build_model(replace(MOBILENET_V2, input_size=_INPUT_SIZE), len(reader.labels), weights)
    backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)
    features = run_over(backbone, photographs, "features of the photographs").astype(np.float64)
    return features, photographs.targets, data_sha256(list(photographs.files))
