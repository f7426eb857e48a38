"""One compression job: finished run in, smaller run out."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tf_keras as keras

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.outputs import held
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.run_folder import RUN_FILE
from edge_app.photographs.splits import SPLITS, Split
from train.compression.clustering import clustered
from train.compression.fine_tuning import FineTuningData, fine_tune
from train.compression.finished_run import FinishedRun, read_finished_run, recorded_photographs
from train.compression.flat_network import fold_batch_norm, load_network
from train.compression.methods import CompressionSettings, Stage
from train.compression.pruning import pruned, pruned_two_of_four
from train.compression.quantization import quantized, refuse_unquantizable
from train.compression.stage import Promises, WrappedNetwork, layers_achieved
from train.data.loading import Preparation, augmented_copies, read_split, resize_of_training
from train.data.memory import Stream, streams
from train.data.photograph_set import Photographs
from train.data.splits import class_counts, data_sha256, groups_of_classes, refuse_empty_splits
from train.evaluation.confidence import softmax_layer
from train.evaluation.evaluate import evaluate_model
from train.fitting.fit import FittedNetwork
from train.fitting.loop import Epoch
from train.fitting.tensorflow_faults import tensorflow_faults_reported
from train.run_folder.report import ReportPhotographs, write_report
from train.run_folder.writing import save_model, weights_sha256, write_run, write_tables


@dataclass(frozen=True)
class CompressionResult:
    """A finished compression.

    Attributes:
        folder: the new run folder.
        accuracy: on test photographs.
        before: what the run it was made of had there, 0..1; None: it does not say.
        layers: how many kernels of the network promise zeros, shared values, or both.
        skipped: a sentence per photograph that was left out.
        calibration: where it did not help, in sentences.
    """

    folder: Path
    accuracy: MeasuredAccuracy
    before: float | None
    layers: int
    skipped: tuple[str, ...]
    calibration: tuple[str, ...] = ()


def compress(
    run_path: Path,
    settings: CompressionSettings,
    out: Path,
    overwrite: bool = False,
    photographs: Path | None = None,
    stream: Stream = "auto",
) -> CompressionResult:
    """Train a finished run further until it is small, judge it, and write a run folder of the same shape.

    The splits are those of the run, the augmentation too. The best epoch of each stage is chosen on validation
    photographs; test photographs are read at the end.

    Args:
        run_path: made by `train`.
        settings: the method and its numbers.
        out: the new run folder; it appears when everything is done.
        overwrite: whether an older one may be replaced.
        photographs: where the photographs are now; None: where they were.
        stream: whether photographs stay in their files.

    Raises:
        FieldLensError: the run, its network, its photographs or the output folder cannot be used.
    """
    run = read_finished_run(run_path, photographs)
    with (
        tensorflow_faults_reported(out, resumable=False),
        held(out),
        atomic_folder(out, overwrite, RUN_FILE) as temporary,
    ):
        model = load_network(run.path, run.architecture)
        softmax_layer(model)  # calibration needs it, after hours of training
        if settings.chosen.quantized:
            refuse_unquantizable(fold_batch_norm(model), run.path, run.input_statistics)
        files = _RunPhotographs(run, stream)
        data = FineTuningData(files.load("train"), files.load("validation"), run.augmentation, run.batch_size, run.seed)
        keras.utils.set_random_seed(run.seed)
        trained = _through_stages(model, settings, run, data)
        test = files.load("test")  # read here for the first time
        evaluation = evaluate_model(trained.model, data.validation, test, len(run.labels))
        told = _described(out.name, run, settings, trained, files)
        calibration = evaluation.calibration_sentences()
        told |= {"temperature": evaluation.calibration.temperature, "calibration_sentences": calibration}
        with quiet_native_stderr():  # Keras regrets that a model is saved that nobody will train on
            save_model(trained.model, temporary, run.resize)
        write_tables(temporary, run.labels, files.files, trained.history)
        write_run(temporary, told, evaluation.to_json())
        notes = (f"For the quality of the photographs see the report of `{run.name}`.",)
        shown = ReportPhotographs(data.training, test, run.augmentation, notes)
        write_report(temporary, told, trained.fitted, evaluation, shown)
    return CompressionResult(
        out,
        evaluation.test.accuracy,
        run.test_accuracy(),
        len(trained.promises),
        tuple(files.skipped),
        tuple(calibration),
    )


@dataclass(frozen=True, eq=False)
class _Trained:
    model: Any
    promises: Promises
    history: list[Epoch]
    timings_s: dict[str, float]

    @property
    def fitted(self) -> FittedNetwork:
        return FittedNetwork(self.model, tuple(self.history), self.timings_s)


def _through_stages(model: Any, settings: CompressionSettings, run: FinishedRun, data: FineTuningData) -> _Trained:
    promises: Promises = {}
    history: list[Epoch] = []
    timings_s: dict[str, float] = {}
    for number, stage in enumerate(settings.chosen.stages):
        start_s = time.monotonic()
        wrapped, promises = _wrapped(stage, model, settings, data.steps_per_epoch, promises)
        rate = settings.rate_of(stage, run.learning_rate)
        model, rows = fine_tune(wrapped, stage, data, settings.epochs, rate, number * settings.epochs)
        history += rows
        timings_s[stage] = time.monotonic() - start_s
    return _Trained(model, promises, history, timings_s)


def _wrapped(
    stage: Stage, model: Any, settings: CompressionSettings, steps_per_epoch: int, promises: Promises
) -> tuple[WrappedNetwork, Promises]:
    """Wrap the network for a stage; promises grow."""
    if stage == "prune":
        return pruned(model, settings.sparsity, steps_per_epoch, settings.epochs)
    if stage == "prune-2x4":
        return pruned_two_of_four(model, steps_per_epoch, settings.epochs)
    if stage == "cluster":
        return clustered(fold_batch_norm(model), settings.clusters, promises)
    return quantized(fold_batch_norm(model), promises), promises


def _described(
    name: str, run: FinishedRun, settings: CompressionSettings, trained: _Trained, photographs: _RunPhotographs
) -> dict[str, Any]:
    """Return what `run.json` says; `convert` reads the block `compression`."""
    return {
        **run.settings,
        "name": name,
        "data": photographs.description(),
        "parameters": int(trained.model.count_params()),
        "weights_sha256": weights_sha256(trained.model),
        "timings_s": trained.timings_s,
        "compression": {
            **settings.to_json(),
            "learning_rates": {stage: settings.rate_of(stage, run.learning_rate) for stage in settings.chosen.stages},
            "of": run.name,
            "suffix": settings.chosen.suffix,
            "quantized": settings.chosen.quantized,
            "test_accuracy_before": run.test_accuracy(),
            "layers": layers_achieved(trained.model, trained.promises),
        },
    }


class _RunPhotographs:
    """The photographs of a run, found again; what cannot be used leaves them as it is found."""

    def __init__(self, run: FinishedRun, stream: Stream) -> None:
        self._run = run
        self.files, self.skipped = recorded_photographs(run)
        streamed = streams(stream, 3 * run.input_size.width * run.input_size.height * len(self.files))
        self._prepared = Preparation(run.input_size, run.resize, run.interpolation, streamed)
        self._trains = replace(self._prepared, resize=resize_of_training(run.resize))

    def load(self, split: Split) -> Photographs:
        """Read the photographs of a split."""
        run = self._run
        files = [file for file in self.files if file.split == split]
        prepared = self._trains if split == "train" else self._prepared
        loaded, skipped = read_split(run.photographs, files, run.labels, prepared, split)
        gone = set(files) - set(loaded.files)
        self.files = [file for file in self.files if file not in gone]
        self.skipped += skipped
        refuse_empty_splits(run.photographs, self.files, run.labels)
        return loaded

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about the photographs."""
        counts = Counter(file.split for file in self.files)
        return {
            **self._run.data,
            "folder": str(self._run.photographs),
            "sha256": data_sha256(self.files),
            "counts": {split: counts[split] for split in SPLITS},
            "classes": class_counts(self.files, self._run.labels),
            "class_groups": groups_of_classes(self.files, self._run.labels),
            "augmented_copies": augmented_copies(self.files),
            "skipped": self.skipped,
        }
