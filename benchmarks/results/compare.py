"""Which of two results' files is faster: pairs of files, a verdict for each, and what could not have been seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results.device import Device
from benchmarks.results.envelope import write_envelope
from benchmarks.results.json_records import rounded, to_json
from benchmarks.results.latency import FileResult, LatencyResult, TimeKind, baseline
from benchmarks.results.validity import comparison_warnings, few_rounds, invalid_reasons
from benchmarks.statistics.comparison import (
    CANNOT_TELL,
    INVOCATION_SHIFT,
    Comparison,
    compare_paired,
    compare_separate,
    log_of_median,
    round_log_ratio,
)
from edge_app.common.errors import ResultError
from edge_app.common.tables import text_table

KINDS: dict[TimeKind, str] = {"frame_to_label_s": "frame→label", "invoke_s": "bare run"}
"""What is compared, and how it is called."""

_HEAD = (
    "first",
    "second",
    "what",
    "first ms",
    "second ms",
    "second / first (99 %)",
    "the second is",
    "smallest difference it would have seen",
)


@dataclass(frozen=True)
class ComparedPair:
    """Two files, compared.

    Attributes:
        first: name of a file.
        second: name of the other.
        what: a key of `KINDS`.
        first_s: median, seconds.
        second_s: median, seconds.
        comparison: how the second compares with the first.
        verdict: that of the comparison, or `cannot tell` where a result is invalid.
    """

    first: str
    second: str
    what: TimeKind
    first_s: float
    second_s: float
    comparison: Comparison
    verdict: str


def compare_within(result: LatencyResult, names: Sequence[str] = ()) -> list[ComparedPair]:
    """Compare the files of one result with float32: they took turns, so their rounds are paired.

    Args:
        result: of at least two files.
        names: of the files, the others are compared with the first; empty: all of them, with the float32 file.

    Raises:
        ResultError: there are no two, or they know different numbers of classes.
    """
    files = [find_file(result, name) for name in names] if names else list(result.files)
    if len(files) < 2:
        raise ResultError("one file alone cannot be compared; give a second result, or a result of several files")
    invalid = bool(invalid_reasons(result))
    first = files[0] if names else baseline(files)
    found = []
    for second in files:
        if second is first:
            continue
        if not names:
            refuse_other_classes(first, second)
        for what in _kinds(first, second):
            ratios = [
                round_log_ratio(ours.blocks(what), theirs.blocks(what))
                for ours, theirs in zip(first.rounds, second.rounds, strict=True)
            ]
            found.append(_pair(first, second, what, compare_paired(ratios), invalid))
    return found


def compare_results(first: LatencyResult, second: LatencyResult, names: Sequence[str] = ()) -> list[ComparedPair]:
    """Compare files of two results: the same bytes with each other, what is left in the order of the names.

    Args:
        first: a result.
        second: another one.
        names: one file of the first, one of the second; empty: all.

    Raises:
        ResultError: nothing fits together.
    """
    files = paired_files(first, second, names)
    invalid = bool(invalid_reasons(first) or invalid_reasons(second))
    return compare_pairs(files, yardstick_shift(first, second), invalid)


def paired_files(
    first: LatencyResult, second: LatencyResult, names: Sequence[str] = ()
) -> list[tuple[FileResult, FileResult]]:
    """Return which file of two results is compared with which; see `compare_results`."""
    if names:
        return [(find_file(first, names[0]), find_file(second, names[-1]))]
    pairs = match_files(first.files, second.files)
    for ours, theirs in pairs:
        refuse_other_classes(ours, theirs)
    return pairs


def compare_pairs(
    pairs: Sequence[tuple[FileResult, FileResult]], machine_shift: float, invalid: bool
) -> list[ComparedPair]:
    """Compare files measured in separate runs.

    Args:
        pairs: of files.
        machine_shift: of the machine between the runs, logarithm: the intervals are widened for it.
        invalid: there is no verdict.
    """
    shift = math.hypot(INVOCATION_SHIFT, machine_shift)
    found = []
    for ours, theirs in pairs:
        for what in _kinds(ours, theirs):
            logs = [[log_of_median(getattr(one, what)) for one in file.rounds] for file in (ours, theirs)]
            found.append(_pair(ours, theirs, what, compare_separate(logs[0], logs[1], shift), invalid))
    return found


def yardstick_shift(first: LatencyResult, second: LatencyResult) -> float:
    """Return the logarithm of how much longer a fixed piece of work took in the second run; 0: not known."""
    times = [[time_s for one in result.rounds for time_s in one.yardstick_s] for result in (first, second)]
    return float(np.log(np.median(times[1]) / np.median(times[0]))) if all(times) else 0.0


def match_files(first: Sequence[FileResult], second: Sequence[FileResult]) -> list[tuple[FileResult, FileResult]]:
    """Pair files with the same bytes and threads; of the rest, those with the same threads in the order of names.

    Raises:
        ResultError: none is left to compare.
    """
    pairs = []
    left, right = list(first), list(second)
    for ours in first:
        same = next((one for one in right if (one.sha256, one.threads) == (ours.sha256, ours.threads)), None)
        if same is not None:
            pairs.append((ours, same))
            left.remove(ours)
            right.remove(same)
    for threads in sorted({file.threads for file in left}):
        ours_left, theirs_left = (
            sorted((file for file in some if file.threads == threads), key=lambda file: file.name)
            for some in (left, right)
        )
        if len(ours_left) == len(theirs_left):
            pairs += zip(ours_left, theirs_left, strict=True)
    if not pairs:
        raise ResultError(
            "no file of one result fits one of the other (same bytes, or as many files, with the same number of "
            "threads); name two with --files"
        )
    return pairs


def find_file(result: LatencyResult, name: str) -> FileResult:
    """Return the file of a result with this name; `name:2` is the one with 2 threads.

    Raises:
        ResultError: there is none, or several.
    """
    bare, _, threads = name.partition(":")
    found = [
        file
        for file in result.files
        if bare in (file.name, file.file, Path(file.name).stem) and threads in ("", str(file.threads))
    ]
    if len(found) != 1:
        known = ", ".join(f"{file.name}:{file.threads}" for file in result.files)
        raise ResultError(f"{len(found)} files are called `{name}` in that result; it has {known}")
    return found[0]


def refuse_other_classes(first: FileResult, second: FileResult) -> None:
    """Refuse to compare files that do different work.

    Raises:
        ResultError: they know different numbers of classes.
    """
    if first.classes and second.classes and first.classes != second.classes:
        raise ResultError(
            f"`{first.name}` knows {first.classes:,} classes and `{second.name}` {second.classes:,}: they do not do "
            f"the same work; if you mean it: --files {first.name} {second.name}"
        )


def compare_table(pairs: Sequence[ComparedPair]) -> str:
    """Return a row per pair and kind."""
    return text_table(_HEAD, [_row(pair) for pair in pairs])


def compare_warnings(first: LatencyResult, second: LatencyResult | None) -> list[str]:
    """Return a sentence per reason to doubt the comparison."""
    if second is None:
        invalid = [f"this result is invalid, so there is no verdict: {reason}" for reason in invalid_reasons(first)]
        return few_rounds(first) + invalid
    few = list(dict.fromkeys(few_rounds(first) + few_rounds(second)))
    return few + comparison_warnings(first, second, yardstick_shift(first, second))


def write_comparison(
    path: Path, pairs: Mapping[str, Sequence[ComparedPair]], warnings: Sequence[str], device: Device
) -> None:
    """Write every number; None stands for endless.

    Args:
        path: of the file.
        pairs: by the name of the board that is compared with the first one; "": there are no names.
        warnings: about them.
        device: of the first.

    Raises:
        OutputError: the system refused to write.
    """
    rows = [({"on": on} if on else {}) | _finite(to_json(pair)) for on, some in pairs.items() for pair in some]
    payload = {"warnings": list(warnings), "pairs": rows}
    write_envelope(path, "comparison", rounded(payload), device)


def _kinds(first: FileResult, second: FileResult) -> list[TimeKind]:
    return [what for what in KINDS if all(getattr(one, what) for file in (first, second) for one in file.rounds)]


def _pair(first: FileResult, second: FileResult, what: TimeKind, comparison: Comparison, invalid: bool) -> ComparedPair:
    names = [f"{file.name}:{file.threads}" if first.name == second.name else file.name for file in (first, second)]
    medians = [float(np.median(getattr(file, what))) for file in (first, second)]
    verdict = CANNOT_TELL if invalid else comparison.verdict
    return ComparedPair(names[0], names[1], what, medians[0], medians[1], comparison, verdict)


def ratio_text(comparison: Comparison) -> str:
    """Return the ratio with its interval."""
    interval = f"{comparison.low:.3f} to {comparison.high:.3f}" if math.isfinite(comparison.high) else "one round: none"
    return f"{comparison.ratio:.3f} ({interval})"


def _row(pair: ComparedPair) -> tuple[str, ...]:
    comparison = pair.comparison
    smallest = f"{comparison.smallest:.1%}" if math.isfinite(comparison.smallest) else "none"
    return (
        pair.first,
        pair.second,
        KINDS[pair.what],
        f"{pair.first_s * 1e3:.3f}",
        f"{pair.second_s * 1e3:.3f}",
        ratio_text(comparison),
        pair.verdict,
        smallest,
    )


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
