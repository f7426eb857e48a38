"""Files under load for half an hour: what is fast when cold may not be when hot.

The files take turns of about a second, in a new order every round, so that all of them meet every temperature. Between
the turns the board is asked how it is.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.measure.protocol.background_load import BackgroundLoadMeter
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.sustained import LoadedFile, Reading, Sustained, Turn
from benchmarks.statistics.summary import percentile
from edge_app.live.watchdog import watch
from edge_app.model import board
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import default_threads, usable_cores
from edge_app.photographs.decoder import Image
from edge_app.photographs.splits import sha256_of

_TURN_S = 1.0
_MOST_TURNS = 3600  # a longer run has longer turns: the result stays below 2 MB
_SAMPLED_RUNS = 8  # of a turn, kept raw
_BITS_PERIOD_S = 5.0  # `vcgencmd` is a process of its own
_KEEP_PERIOD_S = 60.0


@dataclass
class _Log:
    """What has been measured so far."""

    start_s: float
    turns: list[Turn] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def passed_s(self) -> float:
        return time.perf_counter() - self.start_s


def run_sustained(
    models: Sequence[Path],
    for_s: float,
    threads: int | None = None,
    labels: tuple[str, ...] | None = None,
    stated: StatedInput = NOTHING_STATED,
    step: Callable[[float, Reading], None] = lambda *_: None,
    keep: Callable[[Sustained], None] = lambda _: None,
) -> Sustained:
    """Run files in turns; Ctrl-C ends it early and keeps what was measured.

    Args:
        models: `.tflite` files.
        for_s: how long, seconds.
        threads: CPU threads; None: the usable cores, at most 4.
        labels: instead of the files' own.
        stated: what the input of files without a card is.
        step: gets the seconds that have passed and how the board is, after every turn.
        keep: gets what there is once a minute, marked partial: a board whose power fails loses no more.

    Raises:
        ModelFileError: a model cannot be used.
        KeyboardInterrupt: it came before anything was measured.
    """
    threads = threads or default_threads()
    classifiers = [watch(Classifier(model, threads, labels, stated=stated)) for model in models]
    files = tuple(_loaded(classifier) for classifier in classifiers)
    turn_s = max(_TURN_S, for_s / _MOST_TURNS)
    date, device = now(), examine_device()
    frames, ask = camera_frames(), _Board()
    log = _Log(time.perf_counter())
    log.readings.append(ask.reading(0.0))

    def result(partial: bool) -> Sustained:
        return Sustained(date, device, threads, for_s, turn_s, partial, files, tuple(log.turns), tuple(log.readings))

    kept_s = 0.0
    try:
        for place in _places(len(classifiers)):
            log.turns.append(_turn(classifiers[place], place, frames, log.passed_s(), turn_s))
            log.readings.append(ask.reading(log.passed_s()))
            step(log.passed_s(), log.readings[-1])
            if log.passed_s() >= for_s:
                return result(partial=False)
            if log.passed_s() - kept_s >= _KEEP_PERIOD_S:
                kept_s = log.passed_s()
                keep(result(partial=True))
    except KeyboardInterrupt:
        if not log.turns:
            raise
    return result(partial=True)


def _places(count: int) -> Iterator[int]:
    """Round after round, each in an order of its own: no file always follows the same other one."""
    draw = random.Random(0)
    while True:
        yield from draw.sample(range(count), count)


def _loaded(classifier: Classifier) -> LoadedFile:
    content = classifier.path.read_bytes()
    return LoadedFile(str(classifier.path), sha256_of(content), len(content))


def _turn(classifier: Classifier, place: int, frames: Sequence[Image], at_s: float, turn_s: float) -> Turn:
    times_s = _run_back_to_back(classifier, frames, turn_s)
    ordered = sorted(times_s)
    sampled = np.unique(np.linspace(0, len(times_s) - 1, _SAMPLED_RUNS).astype(int))
    return Turn(
        place,
        at_s,
        len(times_s),
        percentile(ordered, 0.5),
        percentile(ordered, 0.9),
        tuple(times_s[number] for number in sampled),
    )


def _run_back_to_back(classifier: Classifier, frames: Sequence[Image], turn_s: float) -> list[float]:
    """The first run brings the file back into the caches after another file's turn and is not counted."""
    captured = frames[0].copy()
    begin_s = time.perf_counter()
    classifier.classify(captured)
    times_s: list[float] = []
    while not times_s or time.perf_counter() - begin_s < turn_s:
        np.copyto(captured, frames[len(times_s) % len(frames)])  # as a camera has just written it
        start_s = time.perf_counter()
        classifier.classify(captured)
        times_s.append(time.perf_counter() - start_s)
    return times_s


class _Board:
    """Asks the board how it is, and who else was at work since the last time."""

    def __init__(self) -> None:
        self._meter = BackgroundLoadMeter()
        self._bits_s = -_BITS_PERIOD_S

    def reading(self, at_s: float) -> Reading:
        bits = None
        if at_s - self._bits_s >= _BITS_PERIOD_S:
            self._bits_s, bits = at_s, board.throttled()
        return Reading(at_s, board.temperature_c(), board.clock_hz(), bits, board.throttle_count(), self._other_cores())

    def _other_cores(self) -> float | None:
        share, self._meter, passed_s = self._meter.read().share, BackgroundLoadMeter(), self._meter.passed_s
        if share is None or passed_s < _TURN_S / 2:  # the kernel counts in hundredths of a second
            return None
        return share * usable_cores()
