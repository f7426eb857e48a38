"""The live loop against the bare model: every round asks two fresh processes, one for each.

In one process the threads of two interpreters, and the threads that call them in turns, meet on the same cores, and for
seconds one of them may get half of what it should. Run as `python -m benchmarks.measure.live.throughput`, it is such a
process.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count as count_from
from pathlib import Path
from typing import Literal, Self

import numpy as np

from benchmarks.measure.live.loop import DrawnSink, frame_classifier_of, ignore_notice, run_loop
from benchmarks.measure.protocol.fresh_process import FreshProcessError, answer_as_fresh_process, ask_fresh_process
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.results.live import LiveRound
from edge_app.common.errors import ModelFileError
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.live.watchdog import watch
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image
from edge_app.sinks.lines import JsonLinesSink
from edge_app.sources.frames import Frame, now_s
from edge_app.sources.opening import open_frame_stream

_WARM_UP_S = 0.2
_TIME_LIMIT_S = 600.0
Kind = Literal["bare", "app"]
_BARE: Kind = "bare"
_APP: Kind = "app"


@dataclass(frozen=True)
class _Request:
    """What a fresh process is to measure."""

    kind: Kind
    model: Path
    threads: int
    frames: int


@dataclass(frozen=True)
class _Answer:
    """Answer of a fresh process: times of one run each, and of all frames through the loop; seconds."""

    run_s: tuple[float, ...]
    loop_s: float = 0.0


class ReadyFrames:
    """A source whose frames are in memory: the loop never waits for one.

    Args:
        images: shown in turn, (height, width, 3) uint8 BGR.
        count: of frames.
        warm_up_s: how long others are yielded before them.
    """

    live: Literal[False] = False
    stills = False
    fps = 30.0

    def __init__(self, images: Sequence[Image], count: int, warm_up_s: float = 0.0) -> None:
        self.skipped: list[str] = []
        self.begun_s = 0.0
        self._images, self._count, self._warm_up_s = images, count, warm_up_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; `begun_s` is when the first after the warm-up is asked for."""
        end_s, number = now_s() + self._warm_up_s, 0
        while now_s() < end_s:
            yield self._frame(number)
            number += 1
        self.begun_s = now_s()
        for counted in range(number, number + self._count):
            yield self._frame(counted)

    def _frame(self, number: int) -> Frame:
        return Frame(self._images[number % len(self._images)], "ready", number, now_s())


def measure_throughput(
    model: Path, threads: int, rounds: int, frames: int, step: Callable[[], None]
) -> list[LiveRound]:
    """Measure the bare model and the app in turns.

    Args:
        model: a `.tflite` file.
        threads: CPU threads.
        rounds: how often each is measured, in fresh processes.
        frames: of each, per round.
        step: called after each round.

    Raises:
        ModelFileError: the file cannot be used, or a process failed.
    """
    Classifier(model, threads)  # says what is wrong with the file before anything starts
    found = []
    for number in range(rounds):
        kinds = (_BARE, _APP) if number % 2 else (_APP, _BARE)
        answers = {kind: _ask(_Request(kind, model, threads, frames)) for kind in kinds}
        found.append(LiveRound(answers[_BARE].run_s, answers[_APP].run_s, answers[_APP].loop_s))
        step()
    return found


def _ask(request: _Request) -> _Answer:
    try:
        return ask_fresh_process("benchmarks.measure.live.throughput", request, _Answer, _TIME_LIMIT_S)
    except FreshProcessError as error:
        raise ModelFileError(f"`{request.model}` could not be measured in a fresh process: {error}") from error


def _answer(asked: _Request) -> _Answer:
    measured = _bare if asked.kind == _BARE else _app
    return measured(asked.model, asked.threads, asked.frames)


def _bare(model: Path, threads: int, count: int) -> _Answer:
    """Time the runtime's own interpreter on the file as it is stored."""
    classifier = watch(Classifier(model, threads, as_stored=True, trusted=True))
    classifier.prepare(camera_frames()[0])
    _warm_up(classifier.invoke)
    return _Answer(tuple(_timed(classifier.invoke) for _ in range(count)))


def _app(model: Path, threads: int, count: int) -> _Answer:
    """Time frame→label, and then the loop."""
    frame_classifier, images = frame_classifier_of(model, threads), camera_frames()
    frame_to_label_s = _time_frames(frame_classifier, images, count)
    source = ReadyFrames(images, count, _WARM_UP_S)
    with tempfile.TemporaryDirectory() as folder:
        lines = JsonLinesSink(str(Path(folder) / "lines.jsonl"))
        with open_frame_stream(source, ignore_notice) as frame_stream, lines:
            run_loop(frame_stream, frame_classifier, [lines, DrawnSink()], None)
            return _Answer(frame_to_label_s, now_s() - source.begun_s)


def _time_frames(frame_classifier: FrameClassifier, images: Sequence[Image], count: int) -> tuple[float, ...]:
    """Time frame→label; each frame is copied into a buffer first, untimed, because a camera has just written it."""
    captured = np.empty_like(images[0])
    numbers = count_from(0)

    def time_frame() -> float:
        number = next(numbers)
        np.copyto(captured, images[number % len(images)])
        return _timed(partial(frame_classifier.classify, Frame(captured, "ready", number, now_s())))

    _warm_up(time_frame)
    return tuple(time_frame() for _ in range(count))


def _warm_up(run: Callable[[], object]) -> None:
    end_s = time.perf_counter() + _WARM_UP_S
    while time.perf_counter() < end_s:
        run()


def _timed(run: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    run()
    return time.perf_counter() - start_s


if __name__ == "__main__":
    raise SystemExit(answer_as_fresh_process(_Request, _answer))
