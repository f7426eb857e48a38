"""How well `compare` sees: a file against itself, and against itself with a delay, a hundred times.

A repetition is a small invocation: rounds in fresh processes, in which the file, the same file loaded again, and the
file with a busy wait inside its timed region take turns. The first two must not be told apart, the third must be called
slower. Separate runs of the same file are pairs of repetitions: neighbours, and half the experiment apart.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.measure.protocol.options import ROUNDS, BenchmarkCase
from benchmarks.measure.protocol.rounds import RoundRequest, ask_round
from benchmarks.results.device import Device, examine_device
from benchmarks.results.envelope import now
from benchmarks.statistics.comparison import (
    CANNOT_TELL,
    INVOCATION_SHIFT,
    SLOWER,
    Comparison,
    compare_paired,
    compare_separate,
    log_of_median,
    round_log_ratio,
)
from edge_app.common.errors import UsageError


@dataclass(frozen=True)
class SensitivityOptions:
    """What is repeated.

    Attributes:
        repetitions: small invocations.
        rounds: of each; as many as `run` takes unless told otherwise.
        seconds: of each file in a round.
        warm_up_cap_s: of each file in a round.
        delay: inserted, as a share of the file's median.
        threads: of the CPU.
        seed: of the orders.
    """

    repetitions: int = 100
    rounds: int = ROUNDS
    seconds: float = 0.15
    warm_up_cap_s: float = 0.3
    delay: float = 0.05
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.repetitions < 2 or self.rounds < 2 or self.threads < 1 or self.seed < 0:
            raise UsageError("at least 2 repetitions, 2 rounds and 1 thread are needed, and a seed not below 0")
        if not (0 < self.seconds < math.inf and 0 < self.warm_up_cap_s < math.inf and 0 < self.delay < 1):
            raise UsageError("--seconds must be above 0, and --delay between 0 and 1, as in 0.05")


@dataclass(frozen=True)
class Repetition:
    """One small invocation; a value per round.

    Attributes:
        equal: logarithm of the time of the file loaded again to that of the file.
        delayed: logarithm of the time of the delayed file to that of the file.
        file_logs: logarithm of the file's median, seconds.
        yardstick_log: logarithm of the median of a fixed piece of work, seconds.
        other_share: of the processor, taken by others; None: not known.
    """

    equal: tuple[float, ...]
    delayed: tuple[float, ...]
    file_logs: tuple[float, ...]
    yardstick_log: float
    other_share: float | None


@dataclass(frozen=True)
class Sensitivity:
    """What was found.

    Attributes:
        date: of the start.
        device: before it.
        model: name of the file.
        sha256: of its bytes.
        options: what was to be repeated.
        repetitions: that were finished.
    """

    KIND: ClassVar[str] = "sensitivity"

    date: str
    device: Device
    model: str
    sha256: str
    options: SensitivityOptions
    repetitions: tuple[Repetition, ...]

    @property
    def partial(self) -> bool:
        """Some repetitions are missing."""
        return len(self.repetitions) < self.options.repetitions


def begin(model: Path, sha256: str, options: SensitivityOptions) -> Sensitivity:
    """Return an experiment without repetitions, on this device."""
    return Sensitivity(now(), examine_device(), model.name, sha256, options, ())


def repeat(
    model: Path, options: SensitivityOptions, number: int, progress: Callable[[], None] = lambda: None
) -> Repetition:
    """Make one repetition.

    Args:
        model: a `.tflite` file that was found good.
        options: what to do.
        number: of the repetition, from 0.
        progress: called after each round.
    """
    same = BenchmarkCase(model, options.threads)
    cases = (same, same, BenchmarkCase(model, options.threads, delay=options.delay))
    equal, delayed, logs = [], [], []
    yardstick_s: list[float] = []
    others_s = available_s = 0.0
    told = True
    for place in range(options.rounds):
        seed = (options.seed, number, place)
        found = ask_round(
            RoundRequest(cases, 1, options.seconds, seed, stages=False, warm_up_cap_s=options.warm_up_cap_s)
        )
        file_s, same_s, delayed_s = (one.blocks("frame_to_label_s") for one in found.files)
        equal.append(round_log_ratio(file_s, same_s))
        delayed.append(round_log_ratio(file_s, delayed_s))
        logs.append(log_of_median(found.files[0].frame_to_label_s))
        yardstick_s += found.conditions.yardstick_s
        told = told and found.conditions.other_cpu_s is not None
        others_s += found.conditions.other_cpu_s or 0.0
        available_s += found.conditions.available_cpu_s
        progress()
    share = others_s / available_s if told else None
    return Repetition(tuple(equal), tuple(delayed), tuple(logs), math.log(statistics.median(yardstick_s)), share)


def equal_verdicts(repetitions: Sequence[Repetition]) -> list[Comparison]:
    """Compare the file with itself, in turns."""
    return [compare_paired(one.equal) for one in repetitions]


def delayed_verdicts(repetitions: Sequence[Repetition]) -> list[Comparison]:
    """Compare the delayed file with the file, in turns."""
    return [compare_paired(one.delayed) for one in repetitions]


def separate_pairs(count: int) -> list[tuple[int, int]]:
    """Return pairs of repetitions: neighbours, then those half the experiment apart; each repetition is in two."""
    half = count // 2
    return [(2 * place, 2 * place + 1) for place in range(half)] + [(place, place + half) for place in range(half)]


def separate_verdicts(repetitions: Sequence[Repetition]) -> list[Comparison]:
    """Compare the file with itself in separate runs."""
    found = []
    for first, second in separate_pairs(len(repetitions)):
        ours, theirs = repetitions[first], repetitions[second]
        shift = math.hypot(INVOCATION_SHIFT, theirs.yardstick_log - ours.yardstick_log)
        found.append(compare_separate(ours.file_logs, theirs.file_logs, shift))
    return found


def share_of(verdicts: Sequence[Comparison], verdict: str) -> tuple[int, int]:
    """Return how many have this verdict, and of how many."""
    return sum(one.verdict == verdict for one in verdicts), len(verdicts)


def invocation_shift(repetitions: Sequence[Repetition]) -> float:
    """Estimate the standard deviation of an invocation's shift, of the logarithm of times, beyond what rounds explain.

    The variance of the means of invocations, less the mean of their variances by their rounds; not below 0.
    """
    means = [statistics.fmean(one.file_logs) for one in repetitions]
    by_rounds = statistics.fmean(statistics.variance(one.file_logs) / len(one.file_logs) for one in repetitions)
    return math.sqrt(max(0.0, statistics.variance(means) - by_rounds))


QUESTIONS = (
    ("in turns, the same file", equal_verdicts, CANNOT_TELL, 0.95),
    ("in turns, the file with the delay", delayed_verdicts, SLOWER, 0.9),
    ("separate runs, the same file", separate_verdicts, CANNOT_TELL, 0.95),
)
"""What is asked: its name, its verdicts, the right one, and how often it is wanted."""
