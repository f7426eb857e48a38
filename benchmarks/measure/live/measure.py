"""The live loop on a camera: age of its frames at their label; start and memory of the app."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2

from benchmarks.measure.live.app_start import PEAK
from benchmarks.measure.live.camera_process import CameraProcess
from benchmarks.measure.live.camera_stand_in import NUMBERS, read_number
from benchmarks.measure.live.loop import DrawnSink, frame_classifier_of, ignore_notice, run_loop
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.results.live import AppStart, FrameAges
from benchmarks.statistics.summary import percentile
from edge_app.common.errors import ModelFileError
from edge_app.common.own_process import python_command
from edge_app.display.display_frame import DisplayFrame
from edge_app.sinks.lines import JsonLinesSink
from edge_app.sources.opening import open_frame_stream, open_source

_TIMEOUT_S = 120.0


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
        _, told = process.communicate(timeout=_TIMEOUT_S)
    last = (told.strip().splitlines() or ["it was killed"])[-1]
    if process.returncode != 0 or not line or not last.startswith(PEAK):
        raise ModelFileError(f"the app could not label a picture with `{model}`: {last}")
    json.loads(line)
    return AppStart(label_s, int(last.removeprefix(PEAK)))


def p95_s(times_s: Sequence[float]) -> float:
    """Return the time that 95 % do not exceed, seconds."""
    return percentile(sorted(times_s), 0.95)


def _sent_s(camera: CameraProcess, number: int, before_s: float) -> float:
    """Return when the camera should have sent the last picture of this number before a moment."""
    newest = int((before_s - camera.first_due_s) * camera.fps)
    return camera.first_due_s + (newest - (newest - number) % NUMBERS) / camera.fps
