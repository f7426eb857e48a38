"""Does outlier exposure teach "neither"? Heads with and without it, on cached features of MobileNetV2.

Some classes of a folder of anything else are shown in training; the others, drawn scenes without a pet and textures
never are. The score is the best probability in all cases. A linear head has one direction for two classes, and anything
else must lie at its middle, where doubtful photographs are; so a head with a hidden layer is tried beside it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from benchmarks.experiments.neither import pictures
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.errors import DataError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import Confidence, auroc
from edge_app.model.card import Size
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.splits import SPLITS, Split
from train.data.batches import normalize
from train.data.loading import hash_files, load_photographs
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile, refuse_empty_splits
from train.evaluation.confidence import NeitherEvaluation, evaluate_neither, fit_temperature, softmax
from train.fitting.batch_streams import BatchStream, FeatureBatches, WithOutliers, one_hot
from train.fitting.loop import StageLimits, Validation, train_stage
from train.fitting.losses import OUTLIER_WEIGHT, Objective
from train.fitting.optimizers import optimizer_groups
from train.fitting.resume import TrainingState
from train.fitting.steps import Stepper
from train.models import build_model
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import FEATURES_LAYER

OUTLIERS_PER_STEP = 16
HIDDEN_UNITS = (0, 256)  # of the heads; 0: linear, as the recipe has it

_BATCH = 64

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Photographs:
    """Features of the photographs of the classes, by split: (photographs, width), and the places of their labels."""

    labels: tuple[str, ...]
    features: Mapping[Split, Features]
    targets: Mapping[Split, npt.NDArray[np.int64]]


@dataclass(frozen=True)
class AnythingElse:
    """Features of pictures of anything else, (pictures, width).

    Attributes:
        shown: train part of the exposed classes.
        validation: validation part of the exposed classes.
        sources: by name; what judges.
    """

    shown: Features
    validation: Features
    sources: Mapping[str, Features]


@dataclass(frozen=True)
class Trial:
    """One head.

    Attributes:
        hidden_units: ReLU units before the last layer; 0: it is linear.
        seed: of initial weights, order and dropout.
        outlier_weight: of outliers in the loss; 0: none were shown.
        temperature: fitted on validation, before anything else was measured.
        validation_accuracy: 0..1.
        validation_auroc: of the exposed classes, both sides by their validation parts: what to choose by.
        accuracy: on test photographs.
        confidence: on the same.
        neither: by source of pictures of anything else; the classes' photographs are the test photographs.
        best_scores: by source, `test` being the photographs of the classes: one per picture.
    """

    hidden_units: int
    seed: int
    outlier_weight: float
    temperature: float
    validation_accuracy: float
    validation_auroc: float
    accuracy: MeasuredAccuracy
    confidence: Confidence
    neither: Mapping[str, NeitherEvaluation]
    best_scores: Mapping[str, tuple[float, ...]]


def run_neither(
    photographs: Path, anything: Path, exposed: int, weights: str, seeds: int, out: Path, overwrite: bool
) -> int:
    """Compare, print a table, write the raw result.

    Args:
        photographs: of the classes.
        anything: a folder per class of anything else.
        exposed: how many of its classes, in the order of their names, are shown in training.
        weights: see `build_model`.
        seeds: how many of each head.
        out: where the result goes.
        overwrite: whether an older one may be replaced.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, received {seeds}")
    of_classes, of_anything = find_photographs(photographs), find_photographs(anything)
    if not 0 < exposed < len(of_anything.labels):
        raise UsageError(
            f"--exposed {exposed} leaves no class of `{anything}` shown or none unseen; "
            f"give 1 to {len(of_anything.labels) - 1}"
        )
    backbone = _backbone(weights)
    anything_else = _outliers(backbone, of_anything, exposed)
    known = _photographs(backbone, of_classes)
    kinds = list(product(HIDDEN_UNITS, (0.0, OUTLIER_WEIGHT), range(seeds)))
    trials = []
    with Progress("training heads", len(kinds)) as progress:
        for hidden_units, weight, seed in kinds:
            trials.append(_try(known, anything_else, hidden_units, weight, seed))
            progress.step()
    content = {
        "photographs": {split: len(targets) for split, targets in known.targets.items()},
        "exposed": {"classes": list(of_anything.labels[:exposed]), "training_pictures": len(anything_else.shown)},
        "unseen_classes": list(of_anything.labels[exposed:]),
        "heads": {"epochs": MOBILENET_V2.head_epochs, "learning_rate": MOBILENET_V2.head_learning_rate},
        "trials": trials,
    }
    write_envelope(out, "neither", content, examine_device())
    names = [f"AUROC, {name}" for name in anything_else.sources]
    print(text_table(("head", "training", "accuracy", "log loss", *names), _rows(trials)))
    print(f"result  {out}")
    return 0


def train_head(
    features: Features,
    targets: npt.NDArray[np.int64],
    classes: int,
    outliers: Features,
    hidden_units: int,
    weight: float,
    seed: int,
) -> Any:
    """Train a head as the recipe does, with outliers in every step unless their weight is 0.

    Args:
        features: (photographs, width) of the classes.
        targets: (photographs,) places of the true labels.
        classes: number of labels.
        outliers: (pictures, width) of anything else.
        hidden_units: see `Trial`.
        weight: of outliers in the loss.
        seed: of everything random.

    Returns:
        a `tf_keras.Model`: features → logits.
    """
    keras.utils.set_random_seed(seed)
    head = _head(features.shape[1], classes, hidden_units)
    stream: BatchStream = FeatureBatches(features, one_hot(targets, classes), MOBILENET_V2.batch_size, seed)
    if weight:
        nothing = np.zeros((len(outliers), classes), np.float32)
        others = FeatureBatches(outliers, nothing, OUTLIERS_PER_STEP, seed + 1_000_000)
        stream = WithOutliers(stream, others)
    epochs = MOBILENET_V2.head_epochs
    train_stage(StageLimits("head", epochs), _HeadLearner(head, stream, epochs, weight), TrainingState(), quiet=True)
    return head


def _head(width: int, classes: int, hidden_units: int) -> Any:
    layers = [keras.layers.Dropout(MOBILENET_V2.dropout)]
    if hidden_units:
        layers += [keras.layers.Dense(hidden_units, activation="relu"), keras.layers.Dropout(MOBILENET_V2.dropout)]
    head = keras.Sequential([*layers, keras.layers.Dense(classes)])
    head.build((None, width))
    return head


class _HeadLearner:
    """Takes the steps of a head on features; the last weights count.

    Args:
        head: features → logits.
        stream: of features, with outliers if they are shown.
        epochs: of the training.
        weight: of outliers in the loss.
    """

    def __init__(self, head: Any, stream: BatchStream, epochs: int, weight: float) -> None:
        self.steps_per_epoch = stream.steps_per_epoch
        rate, steps = MOBILENET_V2.head_learning_rate, epochs * stream.steps_per_epoch
        groups = optimizer_groups(head, MOBILENET_V2, rate, steps, 0, {})
        clock, strategy = tf.Variable(0, dtype=tf.int64, trainable=False), tf.distribute.get_strategy()
        self._stepper = Stepper(head, head, groups, Objective(outlier_weight=weight), clock, strategy)
        self._batches = stream.batches(0)

    def step(self, number: int) -> tuple[float, float]:
        """Learn from the next batch."""
        return self._stepper.step(next(self._batches), number)

    def validate(self) -> Validation | None:
        """Measure nothing: every head is judged at its end."""
        return None

    def weights(self) -> list[Any]:
        """Return nothing: the last weights stay in the head."""
        return []


def _try(known: Photographs, anything_else: AnythingElse, hidden_units: int, weight: float, seed: int) -> Trial:
    features, targets = known.features, known.targets
    head = train_head(
        features["train"], targets["train"], len(known.labels), anything_else.shown, hidden_units, weight, seed
    )
    temperature = fit_temperature(np.asarray(head(features["validation"])), targets["validation"])

    def probabilities(of: Features) -> Features:
        return softmax(np.asarray(head(of)), temperature).astype(np.float32)  # as a device computes them

    validation, test = probabilities(features["validation"]), probabilities(features["test"])
    others = {name: probabilities(of) for name, of in anything_else.sources.items()}
    correct = int((test.argmax(axis=1) == targets["test"]).sum())
    return Trial(
        hidden_units=hidden_units,
        seed=seed,
        outlier_weight=weight,
        temperature=temperature,
        validation_accuracy=float((validation.argmax(axis=1) == targets["validation"]).mean()),
        validation_auroc=auroc(validation.max(axis=1), probabilities(anything_else.validation).max(axis=1)),
        accuracy=MeasuredAccuracy.from_counts(correct, len(test), "test split"),
        confidence=Confidence.of(test, targets["test"], "test split"),
        neither={name: evaluate_neither(validation, test, other) for name, other in others.items()},
        best_scores={name: _best(scores) for name, scores in {"test": test, **others}.items()},
    )


def _best(probabilities: Features) -> tuple[float, ...]:
    return tuple(round(float(score), 7) for score in probabilities.max(axis=1))


def _backbone(weights: str) -> Callable[[npt.NDArray[np.uint8], str], Features]:
    """Return the function from (pictures, size, size, 3) RGB bytes and a name for them to features."""
    model = build_model(MOBILENET_V2, 2, weights)
    backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)

    def features(images_rgb: npt.NDArray[np.uint8], what: str) -> Features:
        parts = []
        with Progress(f"features of {what}", len(images_rgb)) as progress:
            for start in range(0, len(images_rgb), _BATCH):
                parts.append(np.asarray(backbone.predict_on_batch(normalize(images_rgb[start : start + _BATCH]))))
                progress.step(steps=len(parts[-1]))
        return np.concatenate(parts)

    return features


def _photographs(backbone: Callable[[npt.NDArray[np.uint8], str], Features], folder: PhotographFolder) -> Photographs:
    """The photographs of the classes."""
    files, _ = hash_files(folder)
    refuse_empty_splits(folder.root, files, folder.labels)
    features, targets = {}, {}
    for split in SPLITS:
        loaded = _load(folder, [file for file in files if file.split == split], f"{split} photographs")
        features[split], targets[split] = backbone(loaded.images_rgb, f"{split} photographs"), loaded.targets
    return Photographs(folder.labels, features, targets)


def _outliers(
    backbone: Callable[[npt.NDArray[np.uint8], str], Features], folder: PhotographFolder, exposed: int
) -> AnythingElse:
    files, _ = hash_files(folder)
    classes = folder.labels[:exposed]

    def features(name: str, chosen: Sequence[SplitFile]) -> Features:
        return backbone(_load(folder, chosen, name).images_rgb, name)

    parts = {split: [file for file in files if file.label in classes and file.split == split] for split in SPLITS}
    unseen = [file for file in files if file.label not in classes]
    size = MOBILENET_V2.input_size
    return AnythingElse(
        shown=features("exposed classes, train", parts["train"]),
        validation=features("exposed classes, validation", parts["validation"]),
        sources={
            "exposed classes": features("exposed classes, test", parts["test"]),
            "unseen classes": features("unseen classes", unseen),
            "drawn scenes": backbone(pictures.draw_scenes(pictures.DRAWN, size), "drawn scenes"),
            "textures": backbone(pictures.draw_textures(pictures.DRAWN, size), "textures"),
        },
    )


def _load(folder: PhotographFolder, files: Sequence[SplitFile], what: str) -> PhotographSet:
    size = Size(MOBILENET_V2.input_size, MOBILENET_V2.input_size)
    loaded, _ = load_photographs(folder.root, files, folder.labels, size, what=f"reading {what}")
    if not len(loaded):
        raise DataError(f"`{folder.root}` has no readable pictures for the {what}; add more")
    return loaded


def _rows(trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    """A row per kind of training: medians over the seeds."""
    rows = []
    for hidden_units, weight in dict.fromkeys((trial.hidden_units, trial.outlier_weight) for trial in trials):
        group = [one for one in trials if (one.hidden_units, one.outlier_weight) == (hidden_units, weight)]
        aurocs = [_median(trial.neither[name].auroc for trial in group) for name in group[0].neither]
        rows.append(
            (
                f"{hidden_units} hidden units" if hidden_units else "linear",
                f"outliers at weight {weight}" if weight else "without outliers",
                f"{_median(trial.accuracy.top1 for trial in group):.2%}",
                f"{_median(trial.confidence.log_loss for trial in group):.4f}",
                *(f"{value:.4f}" for value in aurocs),
            )
        )
    return rows


def _median(values: Iterable[float]) -> float:
    return float(statistics.median(values))
