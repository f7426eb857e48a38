"""One measurement: every file's start, speed, size and accuracy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2

from benchmarks.accuracy import (
    Judged,
    OtherPictures,
    TestPhotographs,
    choose_others,
    choose_photographs,
    measure_accuracies,
)
from benchmarks.device import examine_device
from benchmarks.latency import ROUNDS, WarmTimes, camera_frames, measure_warm
from benchmarks.memory import ColdStart, measure_cold_start
from benchmarks.result import FileResult, Result
from edge_app.classifier import Classifier
from edge_app.errors import OutputError
from edge_app.photograph import Image
from edge_app.progress import Progress
from edge_app.runtime import default_threads
from edge_app.splits import sha256_of

_COLD_STARTS = 5


def measure(
    models: Sequence[Path],
    photographs: Path | None = None,
    all_photographs: bool = False,
    threads: int | None = None,
    runs: int = 200,
    seconds: float = 5.0,
    labels: tuple[str, ...] | None = None,
    neither: Path | None = None,
) -> Result:
    """Measure files on this device.

    Args:
        models: `.tflite` files.
        photographs: for the accuracy; None: it is not measured.
        all_photographs: judge on all of them, not on the test split alone.
        threads: CPU threads; None: the usable cores, at most 4.
        runs: warm runs of each kind per file, at least.
        seconds: of warm runs per file, at least.
        labels: instead of the files' own.
        neither: folder with pictures of anything else, judged beside the photographs; None: there are none.

    Raises:
        FieldLensError: a model or the photographs cannot be used.
    """
    threads = threads or default_threads()
    classifiers = [Classifier(model, threads, labels) for model in models]
    chosen = None if photographs is None else choose_photographs(photographs, all_photographs)
    others = None if neither is None else choose_others(neither, all_photographs)
    device = examine_device()
    frames = camera_frames()
    cold = _cold_starts(models, frames[0], threads)
    with Progress("measuring warm runs", ROUNDS * len(models)) as progress:
        warm = measure_warm(classifiers, frames, runs, seconds, progress.step)
    accuracies = _accuracies(classifiers, chosen, others)
    files = tuple(
        _file_result(classifier, starts, times, judged)
        for classifier, starts, times, judged in zip(classifiers, cold, warm, accuracies, strict=True)
    )
    return Result(datetime.now(UTC).isoformat(timespec="seconds"), device, threads, files)


def _cold_starts(models: Sequence[Path], frame_bgr: Image, threads: int) -> list[list[ColdStart]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress("starting processes", _COLD_STARTS * len(models)) as progress,
    ):
        picture = Path(folder) / "frame.jpg"
        if not cv2.imwrite(str(picture), frame_bgr):
            raise OutputError(f"`{picture}` cannot be written; free some space")
        found: list[list[ColdStart]] = [[] for _ in models]
        for _ in range(_COLD_STARTS):
            for model, starts in zip(models, found, strict=True):
                starts.append(measure_cold_start(model, picture, threads))
                progress.step()
    return found


def _accuracies(
    classifiers: Sequence[Classifier], chosen: TestPhotographs | None, others: OtherPictures | None
) -> list[Judged]:
    if chosen is None:
        return [Judged(None, "")] * len(classifiers)
    pictures = len(chosen.files) + (0 if others is None else len(others.files))
    with Progress("judging on photographs", pictures) as progress:
        return measure_accuracies(classifiers, chosen, others, progress.step)


def _file_result(classifier: Classifier, starts: list[ColdStart], times: WarmTimes, judged: Judged) -> FileResult:
    content = classifier.path.read_bytes()
    return FileResult(
        file=str(classifier.path),
        sha256=sha256_of(content),
        size_bytes=len(content),
        input_size=str(classifier.card.input_size),
        input_dtype=classifier.card.input_dtype,
        load_s=_middle([start.load_s for start in starts]),
        first_invoke_s=_middle([start.first_invoke_s for start in starts]),
        start_to_label_s=tuple(start.start_to_label_s for start in starts),
        peak_memory_bytes=max(start.peak_memory_bytes for start in starts),
        invoke_s=tuple(times.invoke_s),
        frame_to_label_s=tuple(times.frame_to_label_s),
        accuracy=None if judged.judgement is None else judged.judgement.accuracy,
        accuracy_note=judged.note,
        judgement=judged.judgement,
    )


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
