"""One training job: photographs in, run folder out."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tensorflow as tf

from edge_app.atomic import atomic_folder
from edge_app.labelled_photographs import PhotographFolder, find_photographs
from edge_app.model_card import MeasuredAccuracy, Size
from train.augment.label_risk import label_risks
from train.compute import Compute, is_chief
from train.data.outliers import Outliers, find_outliers, load_outliers
from train.data.reader import SplitReader
from train.data.splits import data_sha256
from train.event_log import event_log
from train.fit import Fitted, Material, fit
from train.judgement import Judgement, judge_model
from train.models.regularization_notes import regularization_notes
from train.recipes import Recipe
from train.report import write_report
from train.resume import State, UnfinishedRun
from train.run_folder import save_model, versions, weights_sha256, write_run, write_tables
from train.teacher import Teacher, open_teacher
from train.tensorflow_faults import tensorflow_faults_told

tf.get_logger().setLevel("ERROR")  # Keras warns about metrics that a saved model does not have


@dataclass(frozen=True)
class Job:
    """What a run was asked for.

    Attributes:
        photographs: the folder.
        recipe: what and how.
        out: the run folder; it appears when everything is done.
        overwrite: whether an older one may be replaced.
        resume: go on where an earlier attempt ended.
        weights: see `build_model`.
        seed: of everything random.
        compute: devices and precision.
        teacher: run folder of a larger network to learn from.
        neither: folder with pictures of anything else.
        tensorboard: folder for TensorBoard's event files.
    """

    photographs: Path
    recipe: Recipe
    out: Path
    overwrite: bool = False
    resume: bool = False
    weights: str = "imagenet"
    seed: int = 0
    compute: Compute = field(default_factory=Compute)
    teacher: Path | None = None
    neither: Path | None = None
    tensorboard: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What a job came to; only the first of several workers has an accuracy."""

    folder: Path
    judgement: Judgement | None
    skipped: tuple[str, ...]

    @property
    def accuracy(self) -> MeasuredAccuracy | None:
        """On the test photographs."""
        return None if self.judgement is None else self.judgement.test.accuracy


class _Sources:
    """Everything that a job reads: photographs, pictures of anything else, a teacher."""

    def __init__(self, job: Job, folder: PhotographFolder) -> None:
        self.reader = SplitReader(folder, job.recipe.input_size)
        self.outliers: Outliers | None = None
        if job.neither is not None:
            self.outliers = find_outliers(job.neither, {file.sha256 for file in self.reader.usable})
        self.teacher: Teacher | None = None
        if job.teacher is not None:
            self.teacher = open_teacher(job.teacher, folder.labels)
        self._size = Size(job.recipe.input_size, job.recipe.input_size)

    def material(self) -> Material:
        """Read what trains and what validates."""
        reader, teacher = self.reader, self.teacher
        training, validation = reader.load("train"), reader.load("validation")
        reader.refuse_too_few()
        return Material(
            training=training,
            validation=validation,
            classes=len(reader.labels),
            outliers=self.load_outliers("train"),
            teacher=teacher,
            for_teacher=None if teacher is None else reader.load("train", teacher.run.input_size.width),
        )

    def load_outliers(self, split: Any) -> Any:
        """Read a split of the pictures of anything else; None without them."""
        if self.outliers is None:
            return None
        loaded, self.outliers = load_outliers(self.outliers, split, self._size)
        return loaded


def train(job: Job) -> Outcome:
    """Train, evaluate once on the test split, and write the run folder.

    Raises:
        FieldLensError: the photographs, the weights or the output folder cannot be used.
    """
    folder = find_photographs(job.photographs)
    _tell(folder, job.recipe)
    unfinished = UnfinishedRun(job.out)
    with tensorflow_faults_told(job.out), event_log(job.tensorboard) as log:
        sources = _Sources(job, folder)
        state = unfinished.begin(_what_decides(job, sources), job.resume, job.overwrite)
        _tell_resumed(state, unfinished)
        start_s = time.monotonic()
        material = sources.material()
        state.timings_s["reading"] = state.timings_s.get("reading", 0.0) + time.monotonic() - start_s
        fitted = fit(job.recipe, material, unfinished, state, job.weights, job.seed, job.compute, log)
        if not is_chief():
            return Outcome(job.out, None, tuple(sources.reader.skipped))
        judgement = _finish(job, sources, fitted, material)
    unfinished.discard()
    return Outcome(job.out, judgement, tuple(sources.reader.skipped))


def _finish(job: Job, sources: _Sources, fitted: Fitted, material: Material) -> Judgement:
    """Judge the model and write the run folder."""
    reader = sources.reader
    test = reader.load("test")  # read here for the first time
    reader.refuse_too_few()
    judgement = judge_model(fitted.model, material.validation, test, len(reader.labels), sources.load_outliers("test"))
    settings = _settings(job, sources, fitted, judgement)
    with atomic_folder(job.out, job.overwrite) as temporary:
        save_model(fitted.model, temporary)
        write_tables(temporary, reader.labels, reader.usable, fitted.history)
        write_run(temporary, settings, judgement.to_json())
        notes = _notes(reader.labels, job.recipe)
        write_report(temporary, settings, fitted, material.training, test, judgement, job.recipe.augmentation, notes)
    return judgement


def _settings(job: Job, sources: _Sources, fitted: Fitted, judgement: Judgement) -> dict[str, Any]:
    """Return what `run.json` says."""
    neither = judgement.neither
    return {
        "name": job.out.name,
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "teacher": None if job.teacher is None else str(job.teacher),
        "input_size": job.recipe.input_size,
        "resize": "squash",
        "interpolation": "bilinear",
        "labels": list(sources.reader.labels),
        "data": sources.reader.description(),
        "neither": None if sources.outliers is None else sources.outliers.description(),
        "neither_threshold": None if neither is None else neither.threshold,
        "temperature": judgement.calibration.temperature,
        "parameters": int(fitted.model.count_params()),
        "weights_sha256": weights_sha256(fitted.model),
        "timings_s": dict(fitted.timings_s),
    }


def _what_decides(job: Job, sources: _Sources) -> dict[str, Any]:
    """Return everything that the final weights depend on."""
    return {
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "labels": list(sources.reader.labels),
        "data_sha256": data_sha256(sources.reader.usable),
        "neither_sha256": None if sources.outliers is None else data_sha256(sources.outliers.files),
        "teacher_sha256": None if sources.teacher is None else sources.teacher.sha256,
        "versions": versions(),
    }


def _tell(folder: PhotographFolder, recipe: Recipe) -> None:
    """Say what was found, and what may be wrong with what was asked for."""
    print(folder, flush=True)
    if folder.unlabelled:
        print(f"ignored: {len(folder.unlabelled):,} pictures whose place or name says no class", flush=True)
    for sentence in _notes(folder.labels, recipe):
        print(f"note: {sentence}", flush=True)


def _notes(labels: tuple[str, ...], recipe: Recipe) -> list[str]:
    return [*regularization_notes(recipe), *label_risks(labels, recipe.augmentation)]


def _tell_resumed(state: State, unfinished: UnfinishedRun) -> None:
    if state.history:
        last = state.history[-1]
        print(f"resumed from `{unfinished.folder}` after {last['stage']} {last['epoch']}", flush=True)
