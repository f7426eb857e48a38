"""One training job: photographs in, run folder out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import DataError, FieldLensError
from edge_app.common.outputs import held
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ResizeRule
from edge_app.model.run_folder import RUN_FILE
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.splits import SPLITS, Split
from train.augment.label_risk import label_risks
from train.data.loading import SplitReader
from train.data.memory import Stream
from train.data.photograph_set import Photographs
from train.data.splits import (
    are_unequal,
    class_counts,
    data_sha256,
    groups_of_classes,
)
from train.evaluation.cross_validation import advice_on_more, evaluate_cross_validation
from train.evaluation.evaluate import ModelEvaluation, evaluate_model, with_test
from train.evaluation.resize_choice import ResizeChoice, choose_resize
from train.fitting.compute import Compute, is_chief, make_strategy
from train.fitting.fine_tuning import Tuner, fine_tune, for_few_photographs
from train.fitting.fit import FittedNetwork, fit
from train.fitting.linear_head import fit_head
from train.fitting.loop import Epoch
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.stages import TrainingData
from train.fitting.tensorflow_faults import tensorflow_faults_reported
from train.fitting.way import Validation, Way, choose_way, group_of, refuse_single_photographs
from train.job_inputs import JobInputs
from train.models.provenance import pretrained_sha256
from train.models.registry import architecture_of
from train.recipes import Recipe
from train.run_folder.event_log import event_log
from train.run_folder.report import ReportPhotographs, write_report
from train.run_folder.writing import save_model, versions, weights_sha256, write_run, write_tables
from train.screening.report import write_screening_json
from train.screening.screening import Screening, label_issues_of, screening_of

_MOST_COMPARED = 50_000  # photographs: all pairs of them are a minute of work, beside hours of training

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
        stream: whether photographs stay in their files; it changes nothing about the result.
        validation: whether photographs are held back; see `choose_way`.
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
    stream: Stream = "auto"
    validation: Validation = "auto"

    def inputs(self, folder: PhotographFolder) -> JobInputs:
        """Find everything that the job reads, whichever way it goes."""
        recipe = self.recipe
        others = (self.neither, self.teacher, self.stream)
        return JobInputs(folder, recipe.input_size, *others, refuse_empty=False, resize=recipe.first_resize)

    def way(self, inputs: JobInputs) -> Way:
        """Choose the way, and make the photographs ready for it.

        Raises:
            DataError: there are too few photographs.
            UsageError: cross-validation is asked for where it is not possible.
        """
        reader = inputs.reader
        others = "a teacher" if self.teacher else "pictures of anything else" if self.neither else ""
        way = choose_way(self.validation, reader.usable, reader.labels, self.recipe, self.weights, others)
        if way.fine_tunes:
            make_strategy(self.compute, self.recipe.batch_size)  # first: logical devices are made before anything else
        if way.folds:
            if way.tests:
                reader.train_on_all_but_test()
            else:
                reader.train_on_all()
            refuse_single_photographs(str(reader.folder.root), reader.usable, reader.labels)
        else:
            reader.refuse_too_few()
        return way


@dataclass(frozen=True)
class TrainingResult:
    """A finished job; only the first of several workers has an accuracy.

    Attributes:
        folder: of the run.
        evaluation: of the network.
        skipped: a sentence per file that was left out.
        classes: photographs of each class in each split.
        class_groups: groups that the photographs of each class are in.
    """

    folder: Path
    evaluation: ModelEvaluation | None
    skipped: tuple[str, ...]
    classes: Mapping[str, Mapping[Split, int]]
    class_groups: Mapping[str, int]

    @property
    def accuracy(self) -> MeasuredAccuracy | None:
        """On the test photographs."""
        return None if self.evaluation is None else self.evaluation.test.accuracy

    def sentences(self) -> list[str]:
        """Say what the accuracy hides, and where calibration did not help."""
        if self.evaluation is None:
            return []
        balanced = f"balanced accuracy {self.evaluation.test.balanced_accuracy:.1%}, the mean over the classes"
        coverage = self.evaluation.coverage_sentences(self.classes, self.class_groups)
        calibration = self.evaluation.calibration_sentences()
        return [*([balanced] if are_unequal(self.classes) else ()), *coverage, *calibration]


def train(job: Job) -> TrainingResult:
    """Train, evaluate once on the test split, and write the run folder.

    Raises:
        FieldLensError: the photographs, the weights or the output folder cannot be used.
    """
    folder = find_photographs(job.photographs)
    _print_photographs(folder, job.recipe)
    unfinished = UnfinishedRun(job.out)
    try:
        return _train(job, folder, unfinished)
    except FieldLensError:
        unfinished.discard_unbegun()
        raise


def _train(job: Job, folder: PhotographFolder, unfinished: UnfinishedRun) -> TrainingResult:
    with tensorflow_faults_reported(job.out), event_log(job.tensorboard) as log, _held(job.out):
        inputs = job.inputs(folder)
        way = job.way(inputs)
        print(way, flush=True)
        for sentence in inputs.reader.given_sentences:
            print(f"note: {sentence}", flush=True)
        _print_streaming(inputs)
        state = unfinished.begin(_settings_that_decide(job, inputs, way), job.resume, job.overwrite)
        _print_resumed(state, unfinished)
        if way.folds:
            evaluation = _train_on_all(job, inputs, way, unfinished, log)
            unfinished.discard()
            return _result(job, inputs, evaluation)
        start_s = time.monotonic()
        data = inputs.training_data()
        state.timings_s["reading"] = state.timings_s.get("reading", 0.0) + time.monotonic() - start_s
        fitted = fit(job.recipe, data, unfinished, state, job.weights, job.seed, job.compute, log)
        if not is_chief():
            return _result(job, inputs, None)
        evaluation = _finish(job, inputs, way, fitted, data)
    unfinished.discard()
    return _result(job, inputs, evaluation)


def _held(out: Path) -> AbstractContextManager[None]:
    """Keep the run folder to this run; of several workers the first one does."""
    return held(out) if is_chief() else nullcontext()


def _result(job: Job, inputs: JobInputs, evaluation: ModelEvaluation | None) -> TrainingResult:
    reader = inputs.reader
    counts, groups = class_counts(reader.usable, reader.labels), groups_of_classes(reader.usable, reader.labels)
    return TrainingResult(job.out, evaluation, tuple(reader.skipped), counts, groups)


def _train_on_all(
    job: Job, inputs: JobInputs, way: Way, unfinished: UnfinishedRun, on_epoch: Callable[[Epoch], None]
) -> ModelEvaluation:
    """Fit a linear head to all photographs, fine-tune where that helps, and write the run folder."""
    start_s = time.monotonic()
    reader = inputs.reader
    photographs = reader.load("train", job.recipe.first_resize)
    reading_s = time.monotonic() - start_s
    refuse_single_photographs(str(reader.folder.root), reader.usable, reader.labels)
    job = replace(job, recipe=for_few_photographs(job.recipe, len(photographs)))
    made = fit_head(job.recipe, photographs, len(reader.labels), job.weights, job.seed)
    head, folder = made.cross_validation, reader.folder.root.resolve().name
    advice = advice_on_more(head, photographs.targets, [group_of(file) for file in photographs.files])
    told = {**_validation(way), "folds": head.fold_count, "penalty": head.penalty, "log_losses": list(head.losses)}
    if way.fine_tunes:
        tuner = Tuner(job.recipe, len(reader.labels), job.weights, job.seed, job.compute, unfinished)
        made, tuning = fine_tune(made, photographs, tuner)
        print(tuning, flush=True)
        told["fine_tuning"] = tuning.to_json()
        for epoch in made.network.history:
            on_epoch(epoch)
    print(f"advice: {advice}", flush=True)
    evaluation = evaluate_cross_validation(
        made.cross_validation,
        photographs.targets,
        len(reader.labels),
        folder,
        [group_of(file) for file in photographs.files],
    )
    fitted, validation = replace(made.network, timings_s={"reading": reading_s, **made.network.timings_s}), None
    test = photographs
    if way.tests:
        test, validation = _given_test(reader, job.recipe.first_resize), photographs
        evaluation = with_test(evaluation, fitted.model, test, len(reader.labels))
    seen = ResizeChoice(job.recipe.first_resize)
    told["advice"] = advice
    _write_run_folder(job, inputs, fitted, evaluation, seen, told, (photographs, test), validation)
    return evaluation


def _given_test(reader: SplitReader, resize: ResizeRule) -> Photographs:
    """Read the test photographs that the folders give, here for the first time.

    Raises:
        DataError: none of them can be read.
    """
    test = reader.load("test", resize)
    if not len(test):
        raise DataError(f"no test photograph of `{reader.folder.root}` can be read; mend or remove its test folder")
    return test


def _finish(job: Job, inputs: JobInputs, way: Way, fitted: FittedNetwork, data: TrainingData) -> ModelEvaluation:
    """Judge the model on photographs that were held back, and write the run folder."""
    reader = inputs.reader
    chosen, validation = _chosen_resize(job.recipe, inputs, fitted, data.validation)
    test = reader.load("test", chosen.resize)  # read here for the first time
    reader.refuse_too_few()
    outliers = inputs.load_outliers("test", chosen.resize)
    evaluation = evaluate_model(fitted.model, validation, test, len(reader.labels), outliers)
    _write_run_folder(job, inputs, fitted, evaluation, chosen, _validation(way), (data.training, test), validation)
    return evaluation


def _chosen_resize(
    recipe: Recipe, inputs: JobInputs, fitted: FittedNetwork, validation: Photographs
) -> tuple[ResizeChoice, Photographs]:
    """Return what the network sees of a photograph, and the validation photographs as it sees them."""
    if recipe.resize != "auto":
        return ResizeChoice(recipe.resize), validation
    inner = partial(inputs.reader.again, validation, "the inside of validation", resize="center_zoom")
    chosen, seen = choose_resize(fitted.model, validation, inner)
    print(chosen, flush=True)
    return chosen, seen


def _validation(way: Way) -> dict[str, Any]:
    return {"way": "folds" if way.folds else "split", "reason": way.reason}


def _write_run_folder(
    job: Job,
    inputs: JobInputs,
    fitted: FittedNetwork,
    evaluation: ModelEvaluation,
    chosen: ResizeChoice,
    validation: Mapping[str, Any],
    shown_photographs: tuple[Photographs, Photographs],
    also_judged: Photographs | None = None,
) -> None:
    """Screen the photographs, and write everything.

    Args:
        job: what was asked for.
        inputs: what was read.
        fitted: the network.
        evaluation: of it.
        chosen: what the network sees of a photograph.
        validation: how it was measured, for `run.json`.
        shown_photographs: those that trained, and those that `evaluation.test` is about.
        also_judged: those that `evaluation.validation` is about, where they are others.
    """
    reader, (training, test) = inputs.reader, shown_photographs
    found = _screened(reader, evaluation, also_judged, test)
    fitted = replace(fitted, timings_s={**fitted.timings_s, "screening": found.duration_s})
    settings = {**_settings(job, inputs, fitted, evaluation, chosen), "validation": dict(validation)}
    with atomic_folder(job.out, job.overwrite, RUN_FILE) as temporary:
        save_model(fitted.model, temporary, chosen.resize)
        write_tables(temporary, reader.labels, reader.usable, fitted.history)
        write_run(temporary, settings, evaluation.to_json())
        write_screening_json(temporary, found)
        notes = [*_notes(reader.labels, job.recipe), *([str(chosen)] if chosen.log_losses else [])]
        shown = ReportPhotographs(training, test, job.recipe.augmentation, tuple(notes), found)
        write_report(temporary, settings, fitted, evaluation, shown)


def _screened(
    reader: SplitReader, evaluation: ModelEvaluation, validation: Photographs | None, test: Photographs
) -> Screening:
    """Judge the photographs by what was seen while they were read, and by what the network says of their labels."""
    originals = tuple(file for file in reader.folder.files if file.origin is None)
    found = screening_of(
        replace(reader.folder, files=originals), reader.inspector.by_path(), most_compared=_MOST_COMPARED
    )
    label_issues = label_issues_of(test.files, evaluation.test.probabilities, reader.labels)
    asked: tuple[Split, ...] = SPLITS if evaluation.validated_by_folds else ("validation", "test")
    if validation is not None:
        label_issues = [
            *label_issues_of(validation.files, evaluation.validation.probabilities, reader.labels),
            *label_issues,
        ]
    ordered = tuple(sorted(label_issues, key=lambda issue: -issue.probability))
    judge = "cross-validation" if evaluation.validated_by_folds else "this run"
    return replace(found, label_issues=ordered, judge=judge, asked_splits=asked)


def _settings(
    job: Job, inputs: JobInputs, fitted: FittedNetwork, evaluation: ModelEvaluation, chosen: ResizeChoice
) -> dict[str, Any]:
    """Return what `run.json` says."""
    neither = evaluation.neither
    return {
        "name": job.out.name,
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "pretrained": architecture_of(job.recipe).starts_pretrained(job.weights),
        "pretrained_sha256": pretrained_sha256(job.recipe, job.weights),
        "teacher": None if job.teacher is None else str(job.teacher),
        "input_size": job.recipe.input_size,
        "resize": chosen.resize,
        "resize_log_losses": dict(chosen.log_losses),
        "interpolation": "bilinear",
        "labels": list(inputs.reader.labels),
        "data": inputs.reader.description(),
        "neither": None if inputs.outliers is None else inputs.outliers.description(),
        "neither_threshold": None if neither is None else neither.threshold,
        "temperature": evaluation.calibration.temperature,
        "calibration_sentences": evaluation.calibration_sentences(),
        "input_statistics": fitted.statistics,
        "soup": None if fitted.soup is None else dict(fitted.soup),
        "streamed": inputs.streamed,
        "parameters": int(fitted.model.count_params()),
        "weights_sha256": weights_sha256(fitted.model),
        "timings_s": dict(fitted.timings_s),
    }


def _settings_that_decide(job: Job, inputs: JobInputs, way: Way) -> dict[str, Any]:
    """Return everything that the final weights depend on."""
    return {
        **({"validation": "folds, fine-tuned" if way.fine_tunes else "folds"} if way.folds else {}),
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "labels": list(inputs.reader.labels),
        "data_sha256": data_sha256(inputs.reader.usable),
        "neither_sha256": None if inputs.outliers is None else data_sha256(inputs.outliers.files),
        "teacher_sha256": None if inputs.teacher is None else inputs.teacher.sha256,
        "versions": versions(),
    }


def _print_photographs(folder: PhotographFolder, recipe: Recipe) -> None:
    """Say what was found, and what may be wrong with what was asked for."""
    print(folder, flush=True)
    for sentence in folder.unread_sentences():
        print(sentence, flush=True)
    for sentence in _notes(folder.labels, recipe):
        print(f"note: {sentence}", flush=True)


def _print_streaming(inputs: JobInputs) -> None:
    if inputs.streamed:
        size = f"{inputs.size_bytes / 2**20:,.0f} MiB"
        print(f"decoded photographs would take {size}: they are read from their files in every epoch", flush=True)


def _notes(labels: tuple[str, ...], recipe: Recipe) -> list[str]:
    return [*architecture_of(recipe).notes(recipe), *label_risks(labels, recipe.augmentation)]


def _print_resumed(state: TrainingState, unfinished: UnfinishedRun) -> None:
    if state.history:
        last = state.history[-1]
        print(f"resumed from `{unfinished.folder}` after {last['stage']} {last['epoch']}", flush=True)
