"""How well `compare` sees: a file against itself, and against itself with a delay, a hundred times.

A repetition is a small invocation: rounds in fresh processes, in which the file, the same file loaded again, and the
file with a busy wait inside its timed region take turns. The first two must not be told apart, the third must be called
slower. Separate runs of the same file are pairs of repetitions: neighbours, and half the experiment apart.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure.protocol.plan import ROUNDS, Subject
from benchmarks.measure.protocol.round_process import RoundRequest
from benchmarks.measure.protocol.rounds import ask_round
from benchmarks.results.device import Device, examine_device
from benchmarks.results.result import numbers_in_a_line
from benchmarks.statistics.comparison import (
    CANNOT_TELL,
    INVOCATION_SHIFT,
    SLOWER,
    Comparison,
    compare_paired,
    compare_separate,
    round_log,
    round_log_ratio,
)
from edge_app.common.errors import ResultError, UsageError

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class SensitivityPlan:
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

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Repetition:
        """Read what `dataclasses.asdict` made."""
        lists = {name: tuple(map(float, content[name])) for name in ("equal", "delayed", "file_logs")}
        return cls(**{**content, **lists})


@dataclass(frozen=True)
class Sensitivity:
    """What was found.

    Attributes:
        date: of the start.
        device: before it.
        model: name of the file.
        sha256: of its bytes.
        plan: what was to be repeated.
        repetitions: that were finished.
    """

    date: str
    device: Device
    model: str
    sha256: str
    plan: SensitivityPlan
    repetitions: tuple[Repetition, ...]

    @property
    def partial(self) -> bool:
        """Some repetitions are missing."""
        return len(self.repetitions) < self.plan.repetitions

    def to_json(self, derived: dict[str, Any] | None = None) -> str:
        """Return the whole record."""
        content = {"schema_version": SCHEMA_VERSION, "partial": self.partial, **(derived or {}), **asdict(self)}
        return numbers_in_a_line(json.dumps(_short(content), indent=1, ensure_ascii=False)) + "\n"


def read_sensitivity(path: Path) -> Sensitivity:
    """Read what an earlier run left.

    Raises:
        ResultError: it is no such result.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {content['schema_version']!r}, known is {SCHEMA_VERSION}")
        return Sensitivity(
            content["date"],
            Device(**content["device"]),
            content["model"],
            content["sha256"],
            SensitivityPlan(**content["plan"]),
            tuple(Repetition.from_json(one) for one in content["repetitions"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultError(
            f"`{path}` is no result of `benchmarks experiment sensitivity` ({error}); use --overwrite"
        ) from error


def begin(model: Path, sha256: str, plan: SensitivityPlan) -> Sensitivity:
    """Return an experiment without repetitions, on this device."""
    return Sensitivity(datetime.now(UTC).isoformat(timespec="seconds"), examine_device(), model.name, sha256, plan, ())


def repeat(model: Path, plan: SensitivityPlan, number: int, progress: Callable[[], None] = lambda: None) -> Repetition:
    """Make one repetition.

    Args:
        model: a `.tflite` file that was found good.
        plan: what to do.
        number: of the repetition, from 0.
        progress: called after each round.
    """
    same = Subject(model, plan.threads)
    subjects = (same, same, Subject(model, plan.threads, delay=plan.delay))
    equal, delayed, logs = [], [], []
    yardstick_s: list[float] = []
    others_s = available_s = 0.0
    told = True
    for place in range(plan.rounds):
        seed = (plan.seed, number, place)
        found = ask_round(RoundRequest(subjects, 1, plan.seconds, seed, stages=False, warm_up_cap_s=plan.warm_up_cap_s))
        equal.append(round_log_ratio(found.files[0], found.files[1]))
        delayed.append(round_log_ratio(found.files[0], found.files[2]))
        logs.append(round_log(found.files[0]))
        yardstick_s += found.facts.yardstick_s
        told = told and found.facts.other_cpu_s is not None
        others_s += found.facts.other_cpu_s or 0.0
        available_s += found.facts.available_cpu_s
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


def _short(value: Any) -> Any:
    """Logarithms to five digits: a hundredth of a per mille."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: _short(item) for name, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value


QUESTIONS = (
    ("in turns, the same file", equal_verdicts, CANNOT_TELL, 0.95),
    ("in turns, the file with the delay", delayed_verdicts, SLOWER, 0.9),
    ("separate runs, the same file", separate_verdicts, CANNOT_TELL, 0.95),
)
"""What is asked: its name, its verdicts, the right one, and how often it is wanted."""
