"""The live loop on a camera: throughput, age of its frames at their label, start and memory of the app; and a table."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import cv2

from benchmarks.measure.live.app_start import PEAK
from benchmarks.measure.live.camera_stand_in import NUMBERS, CameraProcess, read_number
from benchmarks.measure.live.loop import DrawnSink, frame_classifier_of, ignore_notice, run_loop
from benchmarks.measure.live.throughput import measure_throughput
from benchmarks.measure.protocol.fresh_process import last_line
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.live import AppStart, FrameAges, LiveResult
from benchmarks.statistics.summary import percentile
from edge_app.common.errors import ModelFileError
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.display.display_frame import DisplayFrame
from edge_app.model.runtime import default_threads
from edge_app.photographs.splits import sha256_of
from edge_app.sinks.lines import JsonLinesSink
from edge_app.sources.opening import open_frame_stream, open_source

_TIMEOUT_S = 120.0
_WANTED_RATIO = 0.92
_WANTED_FRAME_TO_BARE = 1.05
_INVOKES_OF_AGE = 1.5
_WANTED_START_S, _WANTED_PEAK_BYTES = 0.25, 80 << 20


def measure_live(
    model: Path,
    threads: int | None = None,
    rounds: int = 15,
    frames: int = 200,
    fps: float = 30.0,
    seconds: float = 30.0,
    starts: int = 10,
) -> LiveResult:
    """Measure the live loop.

    Args:
        model: a `.tflite` file.
        threads: CPU threads; None: the usable cores, at most 4.
        rounds: of bare runs and frames through the loop, in turns.
        frames: per round.
        fps: of the camera.
        seconds: of film.
        starts: of the app, warm and cold each.

    Raises:
        FieldLensError: the model cannot be used.
    """
    threads = threads or default_threads()
    device = examine_device()
    with Progress("bare runs and the loop", rounds) as progress:
        measured = measure_throughput(model, threads, rounds, frames, progress.step)
    with Progress(f"watching a camera for {seconds:.0f} s", 1) as progress:
        ages = measure_ages(model, threads, fps, seconds)
        progress.step()
    warm, cold = _measure_starts(model, starts)
    return LiveResult(
        date=now(),
        device=device,
        threads=threads,
        file=model.name,
        sha256=sha256_of(model.read_bytes()),
        rounds=tuple(measured),
        ages=ages,
        warm_starts=tuple(warm),
        cold_starts=tuple(cold),
    )


def live_table(result: LiveResult) -> str:
    """Return what was reached beside what was wanted, as Markdown."""
    ratios = [one.ratio for one in result.rounds]
    frames = [one.frame_to_bare for one in result.rounds]
    invoke_s = median([time_s for one in result.rounds for time_s in one.invoke_s])
    limit_ms = (1.0 / result.ages.fps + _INVOKES_OF_AGE * invoke_s) * 1e3
    rows = [
        _row(
            "frame→label / bare run", f"≤ {_WANTED_FRAME_TO_BARE:.2f}", f"{median(frames):.3f}", _range(frames, 1.0, 3)
        ),
        _row("throughput / bare model", f"≥ {_WANTED_RATIO:.2f}", f"{median(ratios):.3f}", _range(ratios, 1.0, 3)),
        _row("age of a frame, p95, as reported", f"≤ {limit_ms:.1f} ms", _ms(p95_s(result.ages.known_s)), ""),
        _row("age of a frame, p95, since it was sent", f"≤ {limit_ms:.1f} ms", _ms(p95_s(result.ages.true_s)), ""),
        *_start_rows("warm", result.warm_starts),
        *_start_rows("cold", result.cold_starts),
    ]
    table = text_table(("what", "wanted", "median", "range"), rows)
    facts = f"bare run {invoke_s * 1e3:.2f} ms; {len(result.ages.true_s):,} frames, {result.ages.dropped:,} dropped"
    return f"{result.device}, {result.threads} threads, {result.date}\n{facts}\n\n{table}"


def measure_ages(model: Path, threads: int, fps: float, seconds: float) -> FrameAges:
    """Measure how old a camera's frames are when their label is there; the camera is a process of its own.

    Args:
        model: a `.tflite` file.
        threads: CPU threads.
        fps: of the camera.
        seconds: of film.
    """
    known_s: list[float] = []
    true_s: list[float] = []
    with CameraProcess(fps) as camera, tempfile.TemporaryDirectory() as folder:

        def note_age(display_frame: DisplayFrame) -> None:
            classified = display_frame.classified
            age_s = classified.prediction.age_ms * 1e-3
            labelled_s = classified.frame.captured_at_s + age_s
            known_s.append(age_s)
            true_s.append(labelled_s - _sent_s(camera, read_number(classified.image_bgr), labelled_s))

        frame_classifier = frame_classifier_of(model, threads)
        lines = JsonLinesSink(str(Path(folder) / "lines.jsonl"))
        with open_frame_stream(open_source(camera.address), ignore_notice) as frame_stream, lines:
            run_loop(frame_stream, frame_classifier, [lines, DrawnSink(note_age)], max(2, round(fps * seconds)))
            dropped = frame_stream.dropped
    return FrameAges(fps, tuple(known_s), tuple(true_s), dropped)


def measure_start(model: Path, cache: Path) -> AppStart:
    """Start the app on one picture.

    Args:
        model: a `.tflite` file.
        cache: the user's cache folder for this start; what it holds makes the start warm.

    Raises:
        ModelFileError: the app failed.
    """
    picture = cache / "frame.jpg"
    if not picture.exists() and not cv2.imwrite(str(picture), camera_frames()[0]):
        raise ModelFileError(f"`{picture}` cannot be written; free some space")
    command = python_command("benchmarks.measure.live.app_start", str(model), "--source", str(picture))
    command += ["--no-window", "--jsonl", "-"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    start_s = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        label_s = time.perf_counter() - start_s  # the line comes with the label; the rest is leaving
        _, stderr = process.communicate(timeout=_TIMEOUT_S)
    last = last_line(stderr)
    if process.returncode != 0 or not line or not last.startswith(PEAK):
        raise ModelFileError(f"the app could not label a picture with `{model}`: {last}")
    json.loads(line)
    return AppStart(label_s, int(last.removeprefix(PEAK)))


def p95_s(times_s: Sequence[float]) -> float:
    """Return the time that 95 % do not exceed, seconds."""
    return percentile(sorted(times_s), 0.95)


def _measure_starts(model: Path, starts: int) -> tuple[list[AppStart], list[AppStart]]:
    warm: list[AppStart] = []
    cold: list[AppStart] = []
    with tempfile.TemporaryDirectory() as kept, Progress("starting the app", 2 * starts) as progress:
        measure_start(model, Path(kept))  # fills the cache
        for _ in range(starts):
            warm.append(measure_start(model, Path(kept)))
            progress.step()
            with tempfile.TemporaryDirectory() as empty:
                cold.append(measure_start(model, Path(empty)))
            progress.step()
    return warm, cold


def _start_rows(name: str, starts: Sequence[AppStart]) -> list[tuple[str, str, str, str]]:
    times_s = [start.label_s for start in starts]
    peaks = [float(start.peak_memory_bytes) for start in starts]
    wanted = name == "warm"
    return [
        _row(
            f"start to label, {name}",
            f"≤ {_WANTED_START_S} s" if wanted else "",
            f"{median(times_s):.3f} s",
            _range(times_s, 1.0, 3),
        ),
        _row(
            f"peak memory, {name}",
            f"≤ {_WANTED_PEAK_BYTES >> 20} MiB" if wanted else "",
            f"{median(peaks) / 2**20:.1f} MiB",
            _range(peaks, 2**-20, 1),
        ),
    ]


def _row(what: str, wanted: str, reached: str, spread: str) -> tuple[str, str, str, str]:
    return what, wanted, reached, spread


def _range(values: Sequence[float], factor: float, digits: int) -> str:
    return f"{min(values) * factor:.{digits}f} to {max(values) * factor:.{digits}f}"


def _ms(time_s: float) -> str:
    return f"{time_s * 1e3:.1f} ms"


def _sent_s(camera: CameraProcess, number: int, before_s: float) -> float:
    """Return when the camera should have sent the last picture of this number before a moment."""
    newest = int((before_s - camera.first_due_s) * camera.fps)
    return camera.first_due_s + (newest - (newest - number) % NUMBERS) / camera.fps
