"""The fresh process of a round: it loads all files, lets them become steady, and measures them in turns.

Run as `python -m benchmarks.measure.protocol.round_process`, it reads a line of JSON (`RoundRequest`) and prints one
(`Round`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.measure.protocol.fresh_process import answer_as_fresh_process
from benchmarks.measure.protocol.latency import WarmFile, camera_frames
from benchmarks.measure.protocol.other_work import OtherWorkMeter
from benchmarks.measure.protocol.plan import Subject
from benchmarks.measure.protocol.steady import CAP_S
from benchmarks.measure.protocol.throughput import measure_throughput
from benchmarks.results.round_times import Round, RoundFacts, RoundTimes, Throughput
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, decode_photograph

_DECODES = 2  # of a pass
_YARDSTICKS = 5
_YARDSTICK_BYTES = 1 << 16
_LEAST_PASSES = 3
_THROUGHPUT_SHARE = 0.25  # of the time for latency
_LEAST_THROUGHPUT_S = 0.05


@dataclass(frozen=True)
class RoundRequest:
    """What a round is to do.

    Attributes:
        subjects: to measure.
        runs: of each, at least.
        seconds: for each, at least.
        seed: of the order.
        workers: of each measurement of throughput.
        stages: measure the bare interpreter and the decoder too.
        warm_up_cap_s: for each file.
    """

    subjects: tuple[Subject, ...]
    runs: int
    seconds: float
    seed: tuple[int, ...]
    workers: tuple[int, ...] = ()
    stages: bool = True
    warm_up_cap_s: float = CAP_S

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        fields = {
            name: getattr(self, name) for name in ("runs", "seconds", "seed", "workers", "stages", "warm_up_cap_s")
        }
        return {**fields, "subjects": [subject.to_json() for subject in self.subjects]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> RoundRequest:
        """Read what `to_json` wrote."""
        subjects = tuple(Subject.from_json(one) for one in content["subjects"])
        lists = {name: tuple(content[name]) for name in ("seed", "workers")}
        return cls(**{**content, **lists, "subjects": subjects})


def measure_round(request: RoundRequest) -> Round:
    """Measure in this process, which should be fresh.

    Raises:
        FieldLensError: a file fails.
    """
    rng = np.random.default_rng(request.seed)
    frames = camera_frames()
    order = [int(place) for place in rng.permutation(len(request.subjects))]
    loads: dict[int, tuple[float, float]] = {}
    files: dict[int, WarmFile] = {}
    for place in order:
        files[place], *times_s = _load(request.subjects[place], frames, request.stages)
        loads[place] = (times_s[0], times_s[1])
    warmed = {place: files[place].warm_up(request.warm_up_cap_s) for place in order}
    meter = OtherWorkMeter()
    decode_s, yardstick_s = _take_turns(files, frames, request, rng)
    other = meter.read()
    throughputs = {place: _throughputs(request, place, files[place], frames) for place in rng.permutation(order)}
    measured = tuple(
        RoundTimes(
            tuple(files[place].frame_to_label_s),
            tuple(files[place].invoke_s),
            tuple(files[place].prepare_s) if request.stages else (),
            tuple(files[place].post_s) if request.stages else (),
            files[place].block_runs,
            *loads[place],
            warmed[place].runs,
            warmed[place].duration_s,
            warmed[place].settled,
            throughputs[place],
        )
        for place in range(len(files))
    )
    facts = RoundFacts(tuple(order), tuple(decode_s), tuple(yardstick_s), other.cpu_s, other.available_s)
    return Round(facts, measured)


def _load(subject: Subject, frames: Sequence[Image], bare: bool) -> tuple[WarmFile, float, float]:
    """Return the file, the time to load it, and that of its first run."""
    start_s = time.perf_counter()
    classifier = Classifier(subject.model, subject.threads, subject.labels, trusted=True)  # the parent has tried it
    load_s = time.perf_counter() - start_s
    classifier.prepare(frames[0])
    start_s = time.perf_counter()
    classifier.invoke()
    first_invoke_s = time.perf_counter() - start_s
    return WarmFile(classifier, frames, bare, subject.delay), load_s, first_invoke_s


def _take_turns(
    files: dict[int, WarmFile], frames: Sequence[Image], request: RoundRequest, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Measure passes: every file, the decoder and the yardstick in an order drawn anew, until each has enough."""
    decode_s: list[float] = []
    yardstick_s: list[float] = []
    jpegs = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames[: _DECODES * 2]]
    work = bytes(_YARDSTICK_BYTES)
    jobs: dict[int, Callable[[], None]] = {place: file.block for place, file in files.items()}
    if request.stages:
        jobs[-1] = lambda: _repeat(
            lambda number: decode_photograph(jpegs[number % len(jpegs)], "frame"), _DECODES, decode_s
        )
    jobs[-2] = lambda: _repeat(lambda _: hashlib.blake2b(work), _YARDSTICKS, yardstick_s)
    passes = 0
    while jobs.keys() - {-1, -2}:
        for place in rng.permutation(sorted(jobs)):
            jobs[int(place)]()
        passes += 1
        for place, file in files.items():
            if (
                passes >= _LEAST_PASSES
                and len(file.frame_to_label_s) >= request.runs
                and file.spent_s >= request.seconds
            ):
                jobs.pop(place, None)
    return decode_s, yardstick_s


def _repeat(run: Callable[[int], object], times: int, into_s: list[float]) -> None:
    for _ in range(times):
        number = len(into_s)
        start_s = time.perf_counter()
        run(number)
        into_s.append(time.perf_counter() - start_s)


def _throughputs(request: RoundRequest, place: int, file: WarmFile, frames: Sequence[Image]) -> tuple[Throughput, ...]:
    if not request.workers:
        return ()
    subject = request.subjects[place]
    more = [
        Classifier(subject.model, subject.threads, subject.labels, trusted=True)
        for _ in range(max(request.workers) - 1)
    ]
    classifiers = [file.classifier, *more]
    duration_s = max(_LEAST_THROUGHPUT_S, _THROUGHPUT_SHARE * request.seconds)
    return tuple(measure_throughput(classifiers[:workers], frames, duration_s) for workers in request.workers)


if __name__ == "__main__":
    raise SystemExit(answer_as_fresh_process(lambda asked: measure_round(RoundRequest.from_json(asked))))
