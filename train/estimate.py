"""What a job would do, and how long it would take here: measured on a few steps, nothing is kept."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge_app.common.errors import DataError, UsageError
from edge_app.common.progress import human_time
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import SPLITS
from train.data.batches import normalize, steps_per_epoch
from train.data.loading import SplitReader
from train.data.memory import memory_bytes
from train.data.photograph_set import Photographs
from train.data.splits import SplitFile
from train.fitting.compute import read_workers
from train.fitting.fine_tuning import Tuner, for_few_photographs
from train.fitting.fit import FittedNetwork, fit
from train.fitting.linear_head import FittedHead, fit_head
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.stages import TrainingData, stages_of
from train.fitting.way import Way
from train.job import Job
from train.job_inputs import JobInputs
from train.models.architectures.hub import module_folder
from train.models.pretrained_weights import STAND_IN
from train.models.registry import architecture_of

_TRIED_STEPS = 3
_EPOCHS_OF_TRIAL = 2  # the first one compiles, the second one is timed


@dataclass(frozen=True)
class StageEstimate:
    """A stage at its longest: early stopping may end it sooner."""

    name: str
    epochs: int
    steps: int
    step_s: float

    @property
    def duration_s(self) -> float:
        """Of all epochs, seconds."""
        return self.epochs * self.steps * self.step_s


@dataclass(frozen=True)
class TrainingEstimate:
    """What a job would do.

    Attributes:
        description: of the photographs.
        parameters: of the network.
        memory_bytes: of the decoded photographs, and of what else is decoded.
        streamed: whether they stay in their files instead.
        stages: in order.
        features_s: time to compute the cached features, seconds; 0: there are none.
        teacher_s: time to ask the teacher, seconds; 0: there is none.
        way: how the photographs are used, and why.
        head_s: time to cross-validate a linear head, seconds; 0: there is none.
    """

    description: str
    parameters: int
    memory_bytes: int
    streamed: bool
    stages: tuple[StageEstimate, ...]
    features_s: float
    teacher_s: float
    way: str = ""
    head_s: float = 0.0

    @property
    def duration_s(self) -> float:
        """Of everything, at most, seconds."""
        return self.features_s + self.head_s + self.teacher_s + sum(stage.duration_s for stage in self.stages)

    def lines(self) -> Iterator[str]:
        """Yield what to print."""
        yield self.description
        if self.way:
            yield self.way
        yield f"network     {self.parameters:,} parameters"
        yield f"memory      {self._memory()}"
        if self.features_s:
            yield f"features    {human_time(self.features_s)}"
        if self.head_s:
            yield f"head        {human_time(self.head_s)}"
        if self.teacher_s:
            yield f"teacher     {human_time(self.teacher_s)}"
        for stage in self.stages:
            size = f"{stage.epochs} epochs of {stage.steps:,} steps, {1e3 * stage.step_s:.0f} ms each"
            yield f"{stage.name:11} {size}: at most {human_time(stage.duration_s)}"
        ending = "; early stopping may end it sooner" if self.stages else ""
        yield f"time        at most {human_time(self.duration_s)} here{ending}"

    def _memory(self) -> str:
        need = f"decoded photographs need {self.memory_bytes / 2**20:,.0f} of {memory_bytes() / 2**20:,.0f} MiB"
        return (
            f"{need}: read from their files in every epoch (--stream)" if self.streamed else f"{need}: kept in memory"
        )


def estimate_training(job: Job) -> TrainingEstimate:
    """Read a few photographs, try a few steps, and multiply; no connection is opened.

    Raises:
        FieldLensError: what the job itself would raise, or it needs a connection to be tried.
    """
    job, download = without_connections(job)
    if download:
        print(download, flush=True)
    folder = find_photographs(job.photographs)
    inputs = job.inputs(folder)
    way = job.way(inputs)
    if way.folds:
        return _estimate_head(job, inputs, way)
    counts = inputs.reader.counts()
    inputs.reader.usable = _few(inputs.reader, job.recipe.batch_size)
    data = inputs.training_data()
    fitted = _try(job, data)
    steps = steps_per_epoch(counts["train"], job.recipe.batch_size)
    tried = len(data.training) + len(data.validation)
    tried_steps = steps_per_epoch(len(data.training), job.recipe.batch_size)
    return TrainingEstimate(
        description=f"{folder}; {', '.join(f'{split} {count:,}' for split, count in counts.items())}",
        parameters=int(fitted.model.count_params()),
        memory_bytes=inputs.size_bytes,
        streamed=inputs.streamed,
        stages=tuple(
            StageEstimate(stage.name, stage.epochs, steps, _step_s(fitted, stage.name, job, len(data.training)))
            for stage in stages_of(job.recipe, job.weights)
        ),
        features_s=fitted.timings_s.get("features", 0.0) / tried * (counts["train"] + counts["validation"]),
        teacher_s=fitted.timings_s.get("teacher", 0.0) / tried_steps * steps * job.recipe.views,
        way=str(way),
    )


def without_connections(job: Job) -> tuple[Job, str]:
    """Return a job of the same steps that downloads nothing and calls no other machine.

    Returns:
        the job, and what the original would download; empty: nothing.

    Raises:
        UsageError: it is one of several workers.
        DataError: its TF Hub module is not on this machine.
    """
    if read_workers(os.environ) is not None:
        raise UsageError(
            "--dry-run opens no connection, and TF_CONFIG says that there are other workers; unset TF_CONFIG for the "
            "time that this machine would take by itself"
        )
    if module_folder(job.recipe.hub) is None:
        raise DataError(
            f"--dry-run opens no connection, and `{job.recipe.hub}` is not on this machine; give --hub the path of a "
            "downloaded and unpacked module, or set TFHUB_CACHE_DIR to a folder that has it"
        )
    files = architecture_of(job.recipe).weights
    if files is None or job.weights != "imagenet":
        return job, ""
    if (cached := files.cached(job.recipe)) is not None:
        return replace(job, weights=str(cached)), ""
    name = files.names(job.recipe)[0]
    told = f"`{name}` is not on this machine and would be downloaded; random weights took its place here"
    return replace(job, weights=STAND_IN), told


def _estimate_head(job: Job, inputs: JobInputs, way: Way) -> TrainingEstimate:
    """Try the whole way on some of the photographs."""
    reader = inputs.reader
    counts = reader.counts()
    photographs = counts["train"]
    reader.usable = _few(reader, job.recipe.batch_size)
    tried = reader.load("train")
    with redirect_stderr(io.StringIO()):
        made = fit_head(job.recipe, tried, len(reader.labels), job.weights, job.seed)
    times_more, timings_s = photographs / len(tried), made.network.timings_s
    stages = [] if not way.fine_tunes else [_estimate_tuning(job, tried, made, photographs)]
    return TrainingEstimate(
        description=f"{reader.folder}; "
        + (f"{photographs:,} train, {counts['test']:,} test" if way.tests else "all of them train"),
        parameters=int(made.network.model.count_params()),
        memory_bytes=inputs.size_bytes,
        streamed=inputs.streamed,
        stages=tuple(stages),
        features_s=times_more * timings_s["features"],
        teacher_s=0.0,
        way=str(way),
        head_s=times_more * (timings_s["head"] - timings_s["features"]),
    )


def _estimate_tuning(job: Job, tried: Photographs, made: FittedHead, photographs: int) -> StageEstimate:
    """Fine-tune for a moment; a training on every fold's others and one on all photographs are as many steps."""
    folds, classes = made.cross_validation.fold_count, made.cross_validation.head.bias.size
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        unfinished = UnfinishedRun(Path(folder) / "trial")
        recipe = for_few_photographs(job.recipe, photographs)
        short = replace(recipe, epochs=_EPOCHS_OF_TRIAL)
        tuner = Tuner(short, classes, job.weights, job.seed, job.compute, unfinished)
        fitted = tuner.tuned("trial", tried, made.network.model.get_weights())
    steps = steps_per_epoch(photographs, job.recipe.batch_size)
    step_s = _step_s(fitted, "fine-tuning", job, len(tried))
    return StageEstimate("fine-tuning", recipe.epochs * folds, steps, step_s)


def _few(reader: SplitReader, batch_size: int) -> list[SplitFile]:
    """Enough training photographs of every class for the trial, and some to validate."""
    wanted = -(-_TRIED_STEPS * batch_size // len(reader.labels))
    chosen: list[SplitFile] = []
    for label in reader.labels:
        of_class = [file for file in reader.usable if file.label == label]
        for split in SPLITS:
            chosen += [file for file in of_class if file.split == split][:wanted]
    return chosen


def _try(job: Job, data: TrainingData) -> FittedNetwork:
    """Train for a moment, in a folder that is thrown away."""
    recipe = job.recipe
    short = replace(
        recipe,
        epochs=min(_EPOCHS_OF_TRIAL, recipe.epochs),
        head_epochs=min(_EPOCHS_OF_TRIAL, recipe.head_epochs),
        patience=1000,
        views=1,
    )
    if data.teacher is not None and data.for_teacher is not None:
        data.teacher.logits(normalize(data.for_teacher.pictures(np.arange(1))))  # the first answer takes longer
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        unfinished = UnfinishedRun(Path(folder) / "trial")
        return fit(short, data, unfinished, TrainingState(), job.weights, job.seed, job.compute)


def _step_s(fitted: FittedNetwork, stage: str, job: Job, photographs: int) -> float:
    """Time of a step in the stage's last epoch, seconds."""
    duration_s = [row.duration_s for row in fitted.history if row.stage == stage][-1]
    return duration_s / steps_per_epoch(photographs, job.recipe.batch_size)
