"""The stages of a training, and the inputs of each: photographs or cached features, outliers, a teacher's answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from train.data.photograph_set import Photographs
from train.evaluation.inference import run_over
from train.fitting.batch_streams import (
    BatchStream,
    FeatureBatches,
    PhotographBatches,
    WithOutliers,
    WithTeacher,
    one_hot,
    outlier_batch_size,
    stage_seed,
)
from train.fitting.resume import UnfinishedRun
from train.fitting.teacher import Teacher, ask_teacher
from train.models.head import FEATURES_LAYER
from train.models.registry import architecture_of
from train.recipes import Recipe

Floats = npt.NDArray[np.float32]


FROM_SCRATCH = "training"
"""Name of the only stage of a network without pretrained weights."""


@dataclass(frozen=True)
class Stage:
    """A stretch of epochs with one optimizer.

    Attributes:
        name: in the history.
        epochs: at most.
        learning_rate: at its peak.
        on_features: whether only the head is trained, on cached features of the frozen backbone.
        soup_member: place in a model soup, from 1; 0: the stage belongs to none.
        soup_size: members of that soup.
    """

    name: str
    epochs: int
    learning_rate: float
    on_features: bool = False
    soup_member: int = 0
    soup_size: int = 0


def stages_of(recipe: Recipe, weights: str) -> tuple[Stage, ...]:
    """Return the stages in order; without pretrained weights everything learns from the start."""
    if not architecture_of(recipe).starts_pretrained(weights):
        return (Stage(FROM_SCRATCH, recipe.epochs, recipe.learning_rate),)
    head = Stage("head", recipe.head_epochs, recipe.head_learning_rate, on_features=True)
    tuning = Stage("fine-tuning", recipe.epochs, recipe.learning_rate)
    tunings = [tuning]
    if recipe.soup > 1:
        members = range(1, recipe.soup + 1)
        tunings = [replace(tuning, name=f"{tuning.name} {m}", soup_member=m, soup_size=recipe.soup) for m in members]
    return tuple(stage for stage in (head, *tunings) if stage.epochs)


@dataclass(frozen=True)
class TrainingData:
    """What a network is trained on.

    Attributes:
        training: photographs that the optimizer sees.
        validation: photographs that choose the best epoch; without any the last one is kept.
        classes: number of labels.
        outliers: pictures of anything else, which the optimizer sees too.
        teacher: a finished run to learn from.
        for_teacher: the training photographs at the teacher's input size, in the same order.
    """

    training: Photographs
    validation: Photographs
    classes: int
    outliers: Photographs | None = None
    teacher: Teacher | None = None
    for_teacher: Photographs | None = None


@dataclass(frozen=True, eq=False)
class StageInputs:
    """What one stage learns from.

    Attributes:
        stream: of training batches.
        network: the part of the model that the batches go through, a `tf_keras.Model`.
        validation: photographs or features, for the same part; without any nothing is validated.
    """

    stream: BatchStream
    network: Any
    validation: Photographs | Floats


class StageInputMaker:
    """Makes the inputs of every stage; features and a teacher's answers are computed once and kept beside the run.

    Args:
        recipe: batch size, augmentation, mixup, views.
        data: what to train on.
        unfinished: keeps what is computed once.
        seed: of the run.
        replicas: that share a batch.
        add_time: is told what else time was spent on: `features` or `teacher`, and seconds.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        unfinished: UnfinishedRun,
        seed: int,
        replicas: int,
        add_time: Callable[[str, float], None],
    ) -> None:
        self._recipe, self._data, self._unfinished, self._seed = recipe, data, unfinished, seed
        self._outlier_batch_size = outlier_batch_size(recipe.batch_size, replicas)
        self._add_time = add_time

    def make(self, number: int, stage: Stage, model: Any) -> StageInputs:
        """Return the inputs of a stage.

        Args:
            number: of the stage, from 0.
            stage: on features or on photographs.
            model: the network in training; its backbone computes the features.
        """
        seed = stage_seed(self._seed, number)
        if not stage.on_features:
            return StageInputs(self._photographs(seed), model, self._data.validation)
        stream = self._features(model, seed)
        head = keras.Model(model.get_layer(FEATURES_LAYER).output, model.output)
        return StageInputs(stream, head, self._cached_features(model, "validation", self._data.validation))

    def _photographs(self, seed: int) -> BatchStream:
        recipe, data = self._recipe, self._data
        stream: BatchStream
        if data.teacher is not None and data.for_teacher is not None:
            stream = PhotographBatches(data.training, recipe, data.classes, seed, recipe.views)
            start_s = time.monotonic()
            answers = ask_teacher(data.teacher, data.for_teacher, recipe, data.classes, seed, self._unfinished)
            self._add_time("teacher", time.monotonic() - start_s)
            stream = WithTeacher(stream, answers)
        else:
            stream = PhotographBatches(data.training, recipe, data.classes, seed)
        if data.outliers is not None:
            others = replace(recipe, batch_size=self._outlier_batch_size, mixup=0.0)
            stream = WithOutliers(stream, PhotographBatches(data.outliers, others, data.classes, seed))
        return stream

    def _features(self, model: Any, seed: int) -> BatchStream:
        data = self._data
        features = self._cached_features(model, "training", data.training)
        rows = one_hot(data.training.targets, data.classes)
        stream: BatchStream = FeatureBatches(features, rows, self._recipe.batch_size, seed)
        if data.outliers is not None:
            others = self._cached_features(model, "outlier", data.outliers)
            nothing = np.zeros((len(others), data.classes), np.float32)
            stream = WithOutliers(stream, FeatureBatches(others, nothing, self._outlier_batch_size, seed))
        return stream

    def _cached_features(self, model: Any, what: str, photographs: Photographs) -> Floats:
        """The output of the frozen backbone, computed once: (photographs, width) float32."""

        def compute() -> Floats:
            start_s = time.monotonic()
            backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)
            found = run_over(backbone, photographs, f"features of {what} photographs")
            self._add_time("features", time.monotonic() - start_s)
            return found

        return np.asarray(self._unfinished.cached(f"features-{what}", compute), np.float32)
