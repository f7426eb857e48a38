"""The course's recipe against ours: a frozen hub layer in the training loop, or its features computed once.

Both train the same new head on the same TF Hub module, the same photographs without augmentation, the same optimizer,
rate, batch size and epochs. The course runs the whole module in every step of every epoch; we run it once. After every
epoch the head is judged on the test photographs, for the curve of accuracy against time: nothing is chosen by it. The
clock of the course's recipe stands still meanwhile; ours does not.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.model.foreign_code.gate import refuse_foreign_code
from edge_app.photographs.folders import find_photographs
from train.data.loading import SplitReader
from train.data.photograph_set import PhotographSet
from train.fitting.fit import fit
from train.fitting.loop import Epoch
from train.fitting.resume import UnfinishedRun
from train.fitting.stages import TrainingData
from train.models.architectures.hub import HUB
from train.models.quiet_imports import tensorflow_hub
from train.recipes import Recipe

GOAL = 0.98
"""Accuracy that the time to is stated for."""

COURSE, OURS = "hub layer in the loop", "features once"

_BATCH_OF_JUDGE = 64


@dataclass(frozen=True)
class Point:
    """Where a head was after an epoch: seconds since the start, and accuracy on the test photographs, 0..1."""

    time_s: float
    accuracy: float


@dataclass(frozen=True)
class Curve:
    """One way to train.

    Attributes:
        name: `COURSE` or `OURS`.
        duration_s: from building the network to the end of the last epoch.
        points: one per epoch.
    """

    name: str
    duration_s: float
    points: tuple[Point, ...]

    def time_to(self, accuracy: float) -> float | None:
        """Return the seconds to the first epoch that reached an accuracy; None: none did."""
        return next((point.time_s for point in self.points if point.accuracy >= accuracy), None)


def run_course(photographs: Path, hub: str, epochs: int, out: Path, overwrite: bool) -> int:
    """Compare, print a table, write JSON and plot.

    Args:
        photographs: the folder.
        hub: handle or path of a TF Hub feature vector.
        epochs: of both.
        out: where the result goes; the plot gets its name and `.png`.
        overwrite: whether an older one may be replaced.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    recipe = replace(HUB, hub=hub, head_epochs=epochs, patience=epochs, dropout=0.0)
    reader = SplitReader(find_photographs(photographs), recipe.input_size)
    training, test = reader.load("train"), reader.load("test")
    reader.refuse_too_few()
    assert isinstance(training, PhotographSet)  # a reader streams only where it is told to
    assert isinstance(test, PhotographSet)
    curves = (
        train_ours(recipe, training, test, len(reader.labels)),
        train_as_the_course(recipe, training, test, len(reader.labels)),
    )
    content = {
        "photographs": {"train": len(training), "test": len(test)},
        "recipe": {
            "epochs": epochs,
            "batch_size": recipe.batch_size,
            "optimizer": recipe.optimizer,
            "learning_rate": recipe.head_learning_rate,
        },
        "goal": GOAL,
        "curves": curves,
        "ratio": curves[0].duration_s / curves[1].duration_s,
    }
    write_envelope(out, "course", content, examine_device())
    plot_curves(curves, out.with_suffix(".png"))
    print(text_table(("recipe", "wall time", "accuracy at the end", f"time to {GOAL:.0%}"), [_row(c) for c in curves]))
    print(f"{OURS} takes {content['ratio']:.3f} of the time\nresult  {out}")
    return 0


def train_ours(recipe: Recipe, training: PhotographSet, test: PhotographSet, classes: int) -> Curve:
    """Train the head as `fieldlens train --recipe hub` does, features included."""
    start_s = time.monotonic()
    points: list[Point] = []

    def note(row: Epoch) -> None:
        points.append(Point(time.monotonic() - start_s, row.val_accuracy))

    with tempfile.TemporaryDirectory() as folder:
        unfinished = UnfinishedRun(Path(folder) / "run")
        state = unfinished.begin({}, resume=False, overwrite=False)
        fit(recipe, TrainingData(training, test, classes), unfinished, state, on_epoch=note)
    return Curve(OURS, time.monotonic() - start_s, tuple(points))


def train_as_the_course(recipe: Recipe, training: PhotographSet, test: PhotographSet, classes: int) -> Curve:
    """Train `hub.KerasLayer` and a dense layer with `model.fit`; the judge's clock does not count."""
    judge_features = _features(recipe, test)
    start_s = time.monotonic()
    module = _module(recipe)
    size = recipe.input_size
    model = keras.Sequential([keras.layers.InputLayer((size, size, 3)), module, keras.layers.Dense(classes)])
    model.compile(
        keras.optimizers.Adam(recipe.head_learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    batches = (
        tf.data.Dataset.from_tensor_slices((training.images_rgb, training.targets))
        .shuffle(len(training), seed=0)
        .batch(recipe.batch_size, drop_remainder=True)
        .map(lambda images, targets: (tf.cast(images, tf.float32) / 255.0, targets), tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    judge = _Judge(model.layers[-1], judge_features, test.targets, start_s)
    model.fit(batches, epochs=recipe.head_epochs, callbacks=[judge], verbose=2)
    return Curve(COURSE, judge.points[-1].time_s, tuple(judge.points))


class _Judge(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Judges the dense layer after every epoch, and takes its own time off the clock."""

    def __init__(self, head: Any, features: npt.NDArray[Any], targets: npt.NDArray[Any], start_s: float) -> None:
        super().__init__()
        self.points: list[Point] = []
        self._head, self._features, self._targets, self._start_s = head, features, targets, start_s

    def on_epoch_end(self, _epoch: int, _logs: Any = None) -> None:
        """Note time and accuracy."""
        now_s = time.monotonic()
        said = np.asarray(self._head(self._features)).argmax(axis=1)
        self.points.append(Point(now_s - self._start_s, float((said == self._targets).mean())))
        self._start_s += time.monotonic() - now_s


def _module(recipe: Recipe) -> Any:
    hub = tensorflow_hub()
    refuse_foreign_code(Path(hub.resolve(recipe.hub)))
    return hub.KerasLayer(recipe.hub, trainable=False)


def _features(recipe: Recipe, photographs: PhotographSet) -> npt.NDArray[Any]:
    """What the module says about photographs, (photographs, width) float32."""
    module = _module(recipe)
    parts = []
    for start in range(0, len(photographs), _BATCH_OF_JUDGE):
        images = photographs.images_rgb[start : start + _BATCH_OF_JUDGE].astype(np.float32) / 255.0
        parts.append(np.asarray(module(images)))
    return np.concatenate(parts)


def plot_curves(curves: Sequence[Curve], path: Path) -> None:
    """Draw accuracy against time; a point per epoch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for curve in curves:
        times_s = [point.time_s for point in curve.points]
        axes.plot(times_s, [100.0 * point.accuracy for point in curve.points], marker="o", label=curve.name)
    axes.axhline(100.0 * GOAL, color="grey", linestyle=":")
    axes.set_xscale("log")
    axes.set_xlabel("seconds since the start (logarithmic)")
    axes.set_ylabel("test accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _row(curve: Curve) -> tuple[str, ...]:
    reached_s = curve.time_to(GOAL)
    reached = "not reached" if reached_s is None else f"{reached_s:.0f} s"
    return curve.name, f"{curve.duration_s:.0f} s", f"{curve.points[-1].accuracy:.2%}", reached
