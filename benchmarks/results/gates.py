"""Requirements on a result, for continuous integration: `accuracy>=0.97`, `p95_ms<=5`; every file must meet each."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high

from benchmarks.results.latency import FileResult, LatencyResult
from benchmarks.results.validity import invalid_reasons
from benchmarks.statistics.summary import percentile, summarize
from edge_app.common.command_line import near_match
from edge_app.common.errors import UsageError

UNMET = 3
"""Exit code where a requirement is not met, or the run is invalid and so shows nothing."""


@dataclass(frozen=True)
class Measure:
    """What can be required of a file.

    Attributes:
        about: in words, with its unit.
        of: returns it; None: it was not measured.
        needs_photographs: whether it is measured on photographs only.
        is_share: whether it lies in 0..1.
    """

    about: str
    of: Callable[[FileResult], float | None]
    needs_photographs: bool = False
    is_share: bool = False


def _frame_to_label_ms(share: float) -> Callable[[FileResult], float]:
    return lambda file: 1e3 * percentile(sorted(file.frame_to_label_s), share)


def _images_per_s(file: FileResult) -> float | None:
    rates = [one.images_per_s for round_ in file.rounds for one in round_.throughputs if one.workers == 1]
    return median_high(rates) if rates else None


MEASURES: Mapping[str, Measure] = {
    "accuracy": Measure("share of the photographs, 0 to 1",
        lambda file: None if file.accuracy is None else file.accuracy.top1, needs_photographs=True, is_share=True),
    "accuracy_low": Measure("lower end of its 95 % interval",
        lambda file: None if file.accuracy is None else file.accuracy.low, needs_photographs=True, is_share=True),
    "p50_ms": Measure("median latency from a frame to its label", _frame_to_label_ms(0.5)),
    "p90_ms": Measure("latency that 90 % of the frames stay below", _frame_to_label_ms(0.9)),
    "p95_ms": Measure("the same for 95 %", _frame_to_label_ms(0.95)),
    "p99_ms": Measure("the same for 99 %", _frame_to_label_ms(0.99)),
    "bare_ms": Measure("median latency of the model alone",
        lambda file: 1e3 * summarize(file.invoke_s).median_s if file.invoke_s else None),
    "images_per_s": Measure("throughput of one worker", _images_per_s),
    "start_s": Measure("median time from the start of the process to its first label",
        lambda file: median_high(file.start_to_label_s)),
    "load_ms": Measure("median time to load the file", lambda file: 1e3 * file.load_s),
    "memory_mb": Measure("peak memory of the process, millions of bytes", lambda file: file.peak_memory_bytes / 1e6),
    "size_mb": Measure("size of the file, millions of bytes", lambda file: file.size_bytes / 1e6),
}  # fmt: skip
"""By the name on the command line."""

_HOLDS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    ">=": (operator.ge, "at least"),
    "<=": (operator.le, "at most"),
    ">": (operator.gt, "more than"),
    "<": (operator.lt, "less than"),
}
_REQUIREMENT = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([^\s%=]+)\s*(%?)\s*")


@dataclass(frozen=True)
class Requirement:
    """One requirement.

    Attributes:
        name: a key of `MEASURES`.
        sign: `>=`, `<=`, `>` or `<`.
        limit: in the unit of the measure.
    """

    name: str
    sign: str
    limit: float

    def unmet(self, file: FileResult) -> str | None:
        """Say how a file misses it; None: it is met."""
        found = MEASURES[self.name].of(file)
        holds, words = _HOLDS[self.sign]
        required = f"{words} {self.limit:g} is required"
        if found is None:
            why = f" ({file.accuracy_note})" if MEASURES[self.name].needs_photographs and file.accuracy_note else ""
            return f"{self.name} was not measured{why}, where {required}"
        return None if holds(found, self.limit) else f"{self.name} is {found:.5g}, where {required}"


def parse_requirement(text: str) -> Requirement:
    """Read `accuracy>=0.97` or `accuracy >= 97%`.

    Raises:
        UsageError: there is no such measure, or it cannot be required.
    """
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise UsageError(f"--require '{text}' is not a requirement; write it as in --require 'p95_ms<=5', in quotes")
    name, sign, number, percent = found.groups()
    if name not in MEASURES:
        near = near_match(name, MEASURES)
        hint = f"did you mean {near}?" if near else f"choose from {', '.join(MEASURES)}"
        raise UsageError(f"--require cannot measure `{name}`; {hint}")
    try:
        limit = float(number) / (100.0 if percent else 1.0)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(f"--require '{text}': `{number}` is not a number")
    is_share = MEASURES[name].is_share
    if is_share and not 0.0 <= limit <= 1.0:
        raise UsageError(f"--require '{text}': {name} lies between 0 and 1; write {name}{sign}0.97 or {name}{sign}97%")
    if percent and not is_share:
        raise UsageError(f"--require '{text}': {name} is not a share; leave out the %")
    return Requirement(name, sign, limit)


def parse_requirements(texts: Sequence[str], with_photographs: bool) -> tuple[Requirement, ...]:
    """Read all of them before anything is measured.

    Args:
        texts: of the command line.
        with_photographs: whether there are any to measure the accuracy on.

    Raises:
        UsageError: one cannot be read, or cannot be measured.
    """
    found = tuple(parse_requirement(text) for text in texts)
    for one in found:
        if MEASURES[one.name].needs_photographs and not with_photographs:
            raise UsageError(f"--require {one.name} needs --photos DIR: accuracy is measured on photographs")
    return found


def unmet_sentences(result: LatencyResult, requirements: Sequence[Requirement]) -> list[str]:
    """Return why a result does not pass; empty: it passes. An invalid one shows nothing, so it does not pass."""
    invalid = [f"the run is invalid: {reason}" for reason in invalid_reasons(result)]
    several = len(result.threads) > 1
    misses = [
        f"{file.name}{f', {file.threads} threads' if several else ''}: {sentence}"
        for file in result.files
        for one in requirements
        if (sentence := one.unmet(file)) is not None
    ]
    return invalid + misses


def gate_lines(result: LatencyResult, requirements: Sequence[Requirement]) -> list[str]:
    """Return what the command prints last: a line per fault, or one that says that all is met."""
    unmet = unmet_sentences(result, requirements)
    if unmet:
        return [f"not met: {sentence}" for sentence in unmet]
    files, count = len(result.files), len(requirements)
    return [f"met: {count} requirement{'s' if count > 1 else ''}, {files} file{'s' if files > 1 else ''}"]
