"""Rounds: fresh processes one after the other; each loads all files, warms them up and measures them in turns.

Run as `python -m benchmarks.measure.protocol.rounds`, it reads a line of JSON (`RoundRequest`) and prints one
(`Round`).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.measure.protocol.background_load import BackgroundLoadMeter
from benchmarks.measure.protocol.fresh_process import FreshProcessError, answer_as_fresh_process, ask_fresh_process
from benchmarks.measure.protocol.latency import WarmFile, camera_frames
from benchmarks.measure.protocol.options import BenchmarkCase
from benchmarks.measure.protocol.warm_up import CAP_S
from benchmarks.results.latency import FileTimings, Round, RoundConditions, Throughput
from edge_app.common.errors import ModelFileError
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, decode_photograph

_DECODES = 2  # of a pass
_YARDSTICKS = 5
_YARDSTICK_BYTES = 1 << 16
_LEAST_PASSES = 3
_THROUGHPUT_SHARE = 0.25  # of the time for latency
_LEAST_THROUGHPUT_S = 0.05
_SLACK_S = 300.0
_SLACK_FACTOR = 50.0  # a board that swaps is slow, not hung


@dataclass(frozen=True)
class RoundRequest:
    """What a round is to do.

    Attributes:
        cases: to measure; their files were found good before.
        runs: of each, at least.
        seconds: for each, at least.
        seed: of the order.
        workers: of each measurement of throughput.
        stages: measure the bare interpreter and the decoder too.
        warm_up_cap_s: for each file.
    """

    cases: tuple[BenchmarkCase, ...]
    runs: int
    seconds: float
    seed: tuple[int, ...]
    workers: tuple[int, ...] = ()
    stages: bool = True
    warm_up_cap_s: float = CAP_S


def ask_round(request: RoundRequest) -> Round:
    """Measure a round in a fresh process.

    Raises:
        ModelFileError: the process failed.
    """
    limit_s = _SLACK_S + _SLACK_FACTOR * len(request.cases) * (request.seconds + request.warm_up_cap_s)
    try:
        return ask_fresh_process("benchmarks.measure.protocol.rounds", request, Round, limit_s)
    except FreshProcessError as error:
        names = ", ".join(dict.fromkeys(f"`{case.model}`" for case in request.cases))
        raise ModelFileError(f"{names} could not be measured in a fresh process: {error}") from error


def measure_round(request: RoundRequest) -> Round:
    """Measure in this process, which should be fresh.

    Raises:
        FieldLensError: a file fails.
    """
    rng = np.random.default_rng(request.seed)
    frames = camera_frames()
    order = [int(place) for place in rng.permutation(len(request.cases))]
    loads: dict[int, tuple[float, float]] = {}
    files: dict[int, WarmFile] = {}
    for place in order:
        files[place], *times_s = _load(request.cases[place], frames, request.stages)
        loads[place] = (times_s[0], times_s[1])
    warmed = {place: files[place].warm_up(request.warm_up_cap_s) for place in order}
    meter = BackgroundLoadMeter()
    decode_s, yardstick_s = _take_turns(files, frames, request, rng)
    other = meter.read()
    throughputs = {place: _throughputs(request, place, files[place], frames) for place in rng.permutation(order)}
    measured = tuple(
        FileTimings(
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
    conditions = RoundConditions(tuple(order), tuple(decode_s), tuple(yardstick_s), other.cpu_s, other.available_s)
    return Round(conditions, measured)


def _load(case: BenchmarkCase, frames: Sequence[Image], bare: bool) -> tuple[WarmFile, float, float]:
    """Return the file, the time to load it, and that of its first run."""
    start_s = time.perf_counter()
    classifier = case.open()
    load_s = time.perf_counter() - start_s
    classifier.prepare(frames[0])
    start_s = time.perf_counter()
    classifier.invoke()
    first_invoke_s = time.perf_counter() - start_s
    return WarmFile(classifier, frames, bare, case.delay), load_s, first_invoke_s


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
    case = request.cases[place]
    more = [case.open() for _ in range(max(request.workers) - 1)]
    classifiers = [file.classifier, *more]
    duration_s = max(_LEAST_THROUGHPUT_S, _THROUGHPUT_SHARE * request.seconds)
    return tuple(measure_throughput(classifiers[:workers], frames, duration_s) for workers in request.workers)


def measure_throughput(classifiers: Sequence[Classifier], frames: Sequence[Image], duration_s: float) -> Throughput:
    """Label frames without a pause.

    Args:
        classifiers: each works in a thread of its own; the runtime lets go of Python's lock while it computes.
        frames: 640×480 BGR, shown in turn.
        duration_s: at least; every worker labels one image at least.
    """
    counts = [0] * len(classifiers)
    ready = threading.Barrier(len(classifiers) + 1)

    def work(place: int) -> None:
        classifiers[place].classify(frames[0])
        ready.wait()
        end_s = time.perf_counter() + duration_s
        while not counts[place] or time.perf_counter() < end_s:
            classifiers[place].classify(frames[counts[place] % len(frames)])
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(classifiers))]
    for thread in threads:
        thread.start()
    ready.wait()
    begin_s = time.perf_counter()
    for thread in threads:
        thread.join()
    return Throughput(len(classifiers), sum(counts), time.perf_counter() - begin_s)


if __name__ == "__main__":
    raise SystemExit(answer_as_fresh_process(RoundRequest, measure_round))
