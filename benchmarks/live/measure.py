"""The live loop: throughput against the bare model, age of a camera's frames, start and memory of the app.

The loop that is measured is the app's own: `edge_app.app.classified` and `hand_over`, the presenter, and the sink of
JSON lines, with the overlay drawn for every frame.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal, Self

import cv2
import numpy as np

from benchmarks.live.app_start import PEAK
from benchmarks.live.camera_process import CameraProcess
from benchmarks.live.camera_stand_in import NUMBERS, read_number
from benchmarks.protocol.latency import camera_frames
from benchmarks.statistics.summary import percentile
from edge_app.app import Summary, classified, hand_over
from edge_app.classifier import Classifier
from edge_app.controls import Controls
from edge_app.errors import ModelFileError
from edge_app.feed import Feed, open_feed
from edge_app.photograph import Image
from edge_app.presenter import Presentation, Presenter
from edge_app.shown import Shown
from edge_app.sinks import Sink
from edge_app.sinks.jsonl import JsonLinesSink
from edge_app.sources import Frame, now_s, open_source
from edge_app.watch import Watch

_TIMEOUT_S = 120.0
_WARM_UP_RUNS = 20


@dataclass(frozen=True)
class Round:
    """One turn: bare runs, as many frames to their labels, and as many through the loop; seconds.

    Attributes:
        invoke_s: of the file as it is stored, in the runtime's interpreter.
        frame_to_label_s: from a frame that a camera has just written to its label, as the app does it.
        loop_s: of all frames, with JSON lines written and the overlay drawn.
    """

    invoke_s: tuple[float, ...]
    frame_to_label_s: tuple[float, ...]
    loop_s: float

    @property
    def frame_to_bare(self) -> float:
        """Time from a frame to its label against that of a bare run, medians of this round."""
        return statistics.median(self.frame_to_label_s) / statistics.median(self.invoke_s)

    @property
    def ratio(self) -> float:
        """Throughput of the loop against that of the bare model in this round; 1: drawing and writing cost nothing."""
        return sum(self.invoke_s) / self.loop_s


@dataclass(frozen=True)
class Ages:
    """Ages of a camera's frames when their label is there, seconds.

    Attributes:
        fps: of the camera.
        known_s: since `read` gave the frame, as the app knows and tells.
        true_s: since the camera should have sent it.
        dropped: frames that came while another was classified.
    """

    fps: float
    known_s: tuple[float, ...]
    true_s: tuple[float, ...]
    dropped: int


@dataclass(frozen=True)
class Start:
    """A fresh process of the app that labels one picture."""

    label_s: float
    peak_memory_bytes: int


class ReadyFrames:
    """A source whose frames are in memory: the loop never waits for one.

    Args:
        images: shown in turn, (height, width, 3) uint8 BGR.
        count: of frames.
    """

    live: Literal[False] = False
    fps = 30.0

    def __init__(self, images: Sequence[Image], count: int) -> None:
        self.skipped: list[str] = []
        self.begun_s = 0.0
        self._images, self._count = images, count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        """Yield the frames."""
        self.begun_s = now_s()
        for number in range(self._count):
            yield Frame(self._images[number % len(self._images)], "ready", number, now_s())


class DrawnSink:
    """Wants the overlay of every frame, as a page or a window does, and hands results on.

    Args:
        look: gets every result.
    """

    def __init__(self, look: Callable[[Shown], None] = lambda _: None) -> None:
        self._look = look

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def take(self, shown: Shown) -> bool:
        """Draw."""
        shown.drawn_bgr()
        self._look(shown)
        return True


def measure_throughput(model: Path, threads: int, rounds: int, frames: int, step: Callable[[], None]) -> list[Round]:
    """Measure the bare model and the loop in turns.

    Args:
        model: a `.tflite` file.
        threads: CPU threads.
        rounds: how often each is measured.
        frames: of each, per round.
        step: called after each round.
    """
    watch = _watch(model, threads)
    bare = Classifier(model, threads, as_stored=True)
    images = camera_frames()
    for number in range(_WARM_UP_RUNS):
        bare.classify(images[number % len(images)])
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            invoke_s = tuple(_timed(bare.invoke) for _ in range(frames))
            frame_to_label_s = _time_frames(watch, images, frames)
            source = ReadyFrames(images, frames)
            lines = JsonLinesSink(str(Path(folder) / f"{number}.jsonl"))
            with open_feed(source, _nothing) as feed, lines:
                _run_loop(feed, watch, [lines, DrawnSink()], None)
                found.append(Round(invoke_s, frame_to_label_s, now_s() - source.begun_s))
            step()
    return found


def measure_ages(model: Path, threads: int, fps: float, seconds: float) -> Ages:
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

        def look(shown: Shown) -> None:
            prediction = shown.seen.prediction
            labelled_s = shown.seen.frame.captured_at_s + prediction.age_ms * 1e-3
            known_s.append(prediction.age_ms * 1e-3)
            true_s.append(labelled_s - _sent_s(camera, read_number(shown.seen.image_bgr), labelled_s))

        watch = _watch(model, threads)
        lines = JsonLinesSink(str(Path(folder) / "lines.jsonl"))
        with open_feed(open_source(camera.address), _nothing) as feed, lines:
            _run_loop(feed, watch, [lines, DrawnSink(look)], max(2, round(fps * seconds)))
            dropped = feed.dropped
    return Ages(fps, tuple(known_s), tuple(true_s), dropped)


def measure_start(model: Path, cache: Path) -> Start:
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
    command = [sys.executable, "-m", "benchmarks.live.app_start", str(model), "--source", str(picture)]
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
    return Start(label_s, int(last.removeprefix(PEAK)))


def p95_s(times_s: Sequence[float]) -> float:
    """Return the time that 95 % do not exceed, seconds."""
    return percentile(sorted(times_s), 0.95)


def _run_loop(feed: Feed, watch: Watch, sinks: Sequence[Sink], frames: int | None) -> Summary:
    """Run the app's loop on a feed."""
    controls = Controls(watch.turn)
    presenter = Presenter(sinks, controls, Presentation(), lambda seen: seen.frame.captured_at_s)
    summary = Summary()
    with closing(classified(feed, watch, presenter, None)) as results:
        hand_over(islice(results, frames), watch, presenter, controls, summary)
    presenter.close()
    return summary


def _watch(model: Path, threads: int) -> Watch:
    return Watch([model], lambda path: Classifier(path, threads))


def _time_frames(watch: Watch, images: Sequence[Image], count: int) -> tuple[float, ...]:
    """Time frame→label; each frame is copied into a buffer first, untimed, because a camera has just written it."""
    captured = np.empty_like(images[0])
    times_s = []
    for number in range(_WARM_UP_RUNS + count):
        np.copyto(captured, images[number % len(images)])
        frame = Frame(captured, "ready", number, now_s())
        times_s.append(_timed(partial(watch.look, frame)))
    return tuple(times_s[_WARM_UP_RUNS:])


def _timed(run: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    run()
    return time.perf_counter() - start_s


def _sent_s(camera: CameraProcess, number: int, before_s: float) -> float:
    """Return when the camera should have sent the last picture of this number before a moment."""
    newest = int((before_s - camera.first_due_s) * camera.fps)
    return camera.first_due_s + (newest - (newest - number) % NUMBERS) / camera.fps


def _nothing(_sentence: str) -> None:
    pass
