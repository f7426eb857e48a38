"""One training job: photographs in, run folder out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tensorflow as tf

from edge_app.atomic import atomic_folder
from edge_app.errors import DataError, OutputError
from edge_app.labelled_photographs import PhotographFolder, find_photographs
from edge_app.model_card import MeasuredAccuracy, Size
from edge_app.splits import SPLITS, Split
from train.compute import Compute
from train.data.loading import PhotographSet, hash_files, load_photographs
from train.data.splits import SplitFile, refuse_empty_splits
from train.evaluate import evaluate
from train.fit import Fitted, fit
from train.recipes import Recipe
from train.report import write_report
from train.resume import State, UnfinishedRun
from train.run_folder import data_sha256, save_model, versions, weights_sha256, write_run, write_tables

tf.get_logger().setLevel("ERROR")  # Keras warns about metrics that a saved model does not have


@dataclass(frozen=True)
class Outcome:
    """What a job came to."""

    folder: Path
    accuracy: MeasuredAccuracy
    skipped: tuple[str, ...]


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
    """

    photographs: Path
    recipe: Recipe
    out: Path
    overwrite: bool = False
    resume: bool = False
    weights: str = "imagenet"
    seed: int = 0
    compute: Compute = field(default_factory=Compute)


def train(job: Job) -> Outcome:
    """Train, evaluate once on the test split, and write the run folder.

    Raises:
        FieldLensError: the photographs, the weights or the output folder cannot be used.
    """
    folder = find_photographs(job.photographs)
    print(folder, flush=True)
    if folder.unlabelled:
        print(f"ignored: {len(folder.unlabelled):,} pictures whose place or name says no class", flush=True)
    unfinished = UnfinishedRun(job.out)
    with _tensorflow_faults_told(job.out):
        data = _Data(folder, job.recipe)
        state = unfinished.begin(_what_decides(job, data), job.resume, job.overwrite)
        _tell_resumed(state, unfinished)
        start_s = time.monotonic()
        training, validation = data.load("train"), data.load("validation")
        state.timings_s["reading"] = state.timings_s.get("reading", 0.0) + time.monotonic() - start_s
        data.refuse_too_few()
        classes = len(folder.labels)
        fitted = fit(job.recipe, training, validation, classes, unfinished, state, job.weights, job.seed, job.compute)
        accuracy = _finish(job, data, fitted, validation)
    unfinished.discard()
    return Outcome(job.out, accuracy, tuple(data.skipped))


def _finish(job: Job, data: _Data, fitted: Fitted, validation: PhotographSet) -> MeasuredAccuracy:
    """Judge the model and write the run folder."""
    labels = data.labels
    validated = evaluate(fitted.model, validation, len(labels), "validation photographs")
    test = data.load("test")  # read here for the first time
    data.refuse_too_few()
    tested = evaluate(fitted.model, test, len(labels), "test photographs")
    settings = _settings(job, data, fitted)
    with atomic_folder(job.out, job.overwrite) as temporary:
        save_model(fitted.model, temporary)
        write_tables(temporary, labels, data.usable, fitted.history)
        write_run(temporary, settings, {"test": tested.to_json(), "validation": validated.to_json()})
        write_report(temporary, settings, fitted, test, tested, labels)
    return tested.accuracy


def _settings(job: Job, data: _Data, fitted: Fitted) -> dict[str, Any]:
    """Return what `run.json` says."""
    return {
        "name": job.out.name,
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "input_size": job.recipe.input_size,
        "resize": "squash",
        "interpolation": "bilinear",
        "labels": list(data.labels),
        "data": data.description(),
        "parameters": int(fitted.model.count_params()),
        "weights_sha256": weights_sha256(fitted.model),
        "timings_s": dict(fitted.timings_s),
    }


def _what_decides(job: Job, data: _Data) -> dict[str, Any]:
    """Return everything that the final weights depend on."""
    return {
        "recipe": asdict(job.recipe),
        "weights": job.weights,
        "seed": job.seed,
        "compute": asdict(job.compute),
        "labels": list(data.labels),
        "data_sha256": data_sha256(data.usable),
        "versions": versions(),
    }


def _tell_resumed(state: State, unfinished: UnfinishedRun) -> None:
    if state.history:
        last = state.history[-1]
        print(f"resumed from `{unfinished.folder}` after {last['stage']} {last['epoch']}", flush=True)


@contextmanager
def _tensorflow_faults_told(out: Path) -> Iterator[None]:
    """TensorFlow has errors of its own for a full disk and for too little memory."""
    try:
        yield
    except tf.errors.OpError as error:
        if "No space left" in str(error):
            raise OutputError(f"the disk is full: could not write `{out}`; free some space and run it again") from error
        if isinstance(error, tf.errors.ResourceExhaustedError):
            raise DataError("the memory is full; use a smaller --batch-size or --image-size") from error
        raise


class _Data:
    """The photographs of a job; broken ones leave it as they are found."""

    def __init__(self, folder: PhotographFolder, recipe: Recipe) -> None:
        self._folder = folder
        self.labels = folder.labels
        self._size = Size(recipe.input_size, recipe.input_size)
        self.usable, self.skipped = hash_files(folder)
        refuse_empty_splits(folder.root, self.usable, folder.labels)

    def load(self, split: Split) -> PhotographSet:
        """Read the photographs of a split."""
        files = [file for file in self.usable if file.split == split]
        what = f"reading {split} photographs"
        loaded, skipped = load_photographs(self._folder.root, files, self._folder.labels, self._size, what=what)
        gone = set(files) - set(loaded.files)
        self.usable = [file for file in self.usable if file not in gone]
        self.skipped += skipped
        return loaded

    def refuse_too_few(self) -> None:
        """Check again once the broken files are out.

        Raises:
            DataError: too few photographs are left.
        """
        try:
            refuse_empty_splits(self._folder.root, self.usable, self._folder.labels)
        except DataError as error:
            first = f" ({len(self.skipped):,} files are broken; the first: {self.skipped[0]})" if self.skipped else ""
            raise DataError(f"{error}{first}") from error

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about the photographs."""
        counts = Counter(file.split for file in self.usable)
        return {
            "folder": str(self._folder.root),
            "layout": self._folder.layout,
            "sha256": data_sha256(self.usable),
            "counts": {split: counts[split] for split in SPLITS},
            "copies": _copies(self.usable),
            "skipped": self.skipped,
        }


def _copies(files: list[SplitFile]) -> int:
    """How many files are byte for byte another one."""
    return len(files) - len({file.sha256 for file in files})
