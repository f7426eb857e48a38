"""One measurement: every file's start, speed, size and accuracy."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from benchmarks.measure.accuracy.measure import (
    FileAccuracy,
    OtherPictures,
    TestPhotographs,
    choose_others,
    choose_photographs,
    measure_accuracies,
    trained_by_bytes,
)
from benchmarks.measure.protocol.cold_start import measure_cold_start
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.measure.protocol.options import ROUNDS, BenchmarkCase, MeasurementOptions
from benchmarks.measure.protocol.rounds import RoundRequest, ask_round
from benchmarks.measure.protocol.stream import StreamRequest, ask_stream
from benchmarks.results.device import examine_device, examine_state
from benchmarks.results.envelope import now
from benchmarks.results.latency import ColdStart, FileResult, LatencyResult, Round, Stream
from edge_app.common.errors import OutputError
from edge_app.common.progress import Progress
from edge_app.live.watchdog import watch
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import default_threads
from edge_app.photographs.splits import latest_cuts, sha256_of

_SEEDS = 1 << 31


def measure(
    models: Sequence[Path],
    photographs: Path | None = None,
    all_photographs: bool = False,
    threads: int | Sequence[int] | None = None,
    runs: int = 200,
    seconds: float = 5.0,
    labels: tuple[str, ...] | None = None,
    stated: StatedInput = NOTHING_STATED,
    neither: Path | None = None,
    *,
    rounds: int = ROUNDS,
    workers: Sequence[int] = (1,),
    seed: int | None = None,
    strict: bool = False,
) -> LatencyResult:
    """Measure files on this device; Ctrl-C keeps the rounds that were finished.

    Args:
        models: `.tflite` files.
        photographs: for the accuracy; None: it is not measured.
        all_photographs: judge on all of them, not on the test split alone.
        threads: CPU threads, one number or several; None: the usable cores, at most 4.
        runs: warm runs of each kind per file, at least.
        seconds: of warm runs per file, at least.
        labels: instead of the files' own.
        stated: what the input of files without a card is.
        neither: folder with pictures of anything else, judged beside the photographs; None: there are none.
        rounds: fresh processes that measure all files in turns.
        workers: interpreters at the same time, for throughput.
        seed: of the orders; None: drawn, and recorded.
        strict: add a single stream of queries.

    Raises:
        UsageError: a number cannot be meant.
        FieldLensError: a model or the photographs cannot be used.
        KeyboardInterrupt: before the first round was finished.
    """
    counts = (threads or default_threads(),) if threads is None or isinstance(threads, int) else tuple(threads)
    drawn = secrets.randbelow(_SEEDS) if seed is None else seed
    options = MeasurementOptions(rounds, runs, seconds, counts, tuple(workers), drawn, strict)
    classifiers = [
        watch(Classifier(model, max(counts), labels, stated=stated)) for model in models
    ]  # says what is wrong before anything starts
    cuts = latest_cuts(one.card.cuts for one in classifiers)
    by_bytes = any(trained_by_bytes(one.card) for one in classifiers)
    chosen = None if photographs is None else choose_photographs(photographs, all_photographs, cuts, by_bytes)
    others = None if neither is None else choose_others(neither, all_photographs)
    cases = [BenchmarkCase(model, count, labels, stated) for model in models for count in options.threads]
    date, device = now(), examine_device()
    measured = _Measured([[] for _ in cases])
    partial = not _uninterrupted(measured, cases, options)
    after = examine_state()
    if not measured.rounds:
        raise KeyboardInterrupt
    accuracies, was_judged = _accuracies(classifiers, None if partial else chosen, others)
    files = []
    for place, case in enumerate(cases):
        model = place // len(options.threads)
        files.append(_file_result(classifiers[model], case, measured, place, accuracies[model]))
    conditions = tuple(one.conditions for one in measured.rounds)
    interrupted = partial or not was_judged
    return LatencyResult(date, device, tuple(files), conditions, after, options.seed, options.rounds, interrupted)


@dataclass
class _Measured:
    starts: list[list[ColdStart]]
    rounds: list[Round] = field(default_factory=list)
    streams: dict[int, Stream] = field(default_factory=dict)


def _uninterrupted(measured: _Measured, cases: Sequence[BenchmarkCase], options: MeasurementOptions) -> bool:
    """Measure rounds and streams into `measured`; return whether it was not interrupted."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure_rounds(measured, cases, options, _picture(Path(folder)))
        if options.strict:
            _measure_streams(measured, cases, options)
    except KeyboardInterrupt:
        return False
    return True


def _measure_rounds(
    measured: _Measured, cases: Sequence[BenchmarkCase], options: MeasurementOptions, picture: Path
) -> None:
    with Progress("measuring in fresh processes", options.rounds * (1 + len(cases))) as progress:
        for number in range(options.rounds):
            starts: dict[int, ColdStart] = {}
            for place in np.random.default_rng((options.seed, number, 0)).permutation(len(cases)).tolist():
                starts[place] = measure_cold_start(cases[place], picture)
                progress.step(f"start of {cases[place].model.name}")
            seed = (options.seed, number, 1)
            request = RoundRequest(
                tuple(cases), options.runs_per_round, options.seconds_per_round, seed, options.workers
            )
            measured.rounds.append(ask_round(request))
            for place, start in starts.items():
                measured.starts[place].append(start)
            progress.step(f"round {number + 1}")


def _measure_streams(measured: _Measured, cases: Sequence[BenchmarkCase], options: MeasurementOptions) -> None:
    order = np.random.default_rng((options.seed, options.rounds, 2)).permutation(len(cases)).tolist()
    with Progress("strict single streams", len(cases)) as progress:
        for place in order:
            measured.streams[place] = ask_stream(StreamRequest(cases[place]))
            progress.step(cases[place].model.name)


def _picture(folder: Path) -> Path:
    picture = folder / "frame.jpg"
    if not cv2.imwrite(str(picture), camera_frames()[0]):
        raise OutputError(f"`{picture}` cannot be written; free some space")
    return picture


def _accuracies(
    classifiers: Sequence[Classifier], chosen: TestPhotographs | None, others: OtherPictures | None
) -> tuple[list[FileAccuracy], bool]:
    """Return the accuracy of every file, and whether measuring it was not interrupted."""
    if chosen is None:
        return [FileAccuracy(None, "")] * len(classifiers), True
    pictures = len(chosen.files) + (0 if others is None else len(others.files))
    try:
        with Progress("judging on photographs", pictures) as progress:
            return measure_accuracies(classifiers, chosen, others, progress.step), True
    except KeyboardInterrupt:
        return [FileAccuracy(None, "interrupted")] * len(classifiers), False


def _file_result(
    classifier: Classifier, case: BenchmarkCase, measured: _Measured, place: int, judged: FileAccuracy
) -> FileResult:
    content = classifier.path.read_bytes()
    return FileResult(
        file=str(classifier.path),
        sha256=sha256_of(content),
        size_bytes=len(content),
        input_size=str(classifier.card.input_size),
        input_dtype=classifier.card.input_dtype,
        threads=case.threads,
        starts=tuple(measured.starts[place]),
        rounds=tuple(one.files[place] for one in measured.rounds),
        classes=len(classifier.card.labels),
        stream=measured.streams.get(place),
        accuracy=None if judged.judgement is None else judged.judgement.accuracy,
        accuracy_note=judged.note,
        judgement=judged.judgement,
        recipe=classifier.card.recipe,
    )
