"""Rows of the trade-off sweep: the best file within limits, chosen on validation photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import SWEEP_FAST, SWEEP_GOOD, Goal
from benchmarks.publish.readme.row import Row, judged

PATTERNS = ("sweep.json", "sweep/sweep.json", "sweep/*/sweep.json")
_LIMITS = ((SWEEP_FAST, 1.0e-3, 1.0e6), (SWEEP_GOOD, 2.5e-3, 2.7e6))


@dataclass(frozen=True)
class _Found:
    """A file of a sweep, and the sweep that it is of."""

    name: str
    file: Mapping[str, Any]
    threads: int


def sweep_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the test accuracy of the file that is best on validation photographs within each limit, of all sweeps."""
    names = [name for pattern in PATTERNS for name in results.names(pattern)]
    found = [
        _Found(name, file, results.read(name)["threads"]) for name in names for file in results.read(name)["files"]
    ]
    return tuple(_row(found, *limits, results) for limits in _LIMITS if found)


def _row(found: Sequence[_Found], goal: Goal, latency_s: float, size_bytes: float, results: Committed) -> Row:
    fitting = [one for one in found if _fits(one.file, latency_s, size_bytes)]
    if not fitting:
        return Row(goal.what, f"none of {len(found)} files is within", results.source(found[0].name), goal)
    best = max(fitting, key=lambda one: float(one.file["validation"]["top1"]))
    file, test = best.file, best.file["test"]
    remark = (
        f"`{file['file'].rpartition('/')[2]}`, {file['frame_to_label']['median_s'] * 1e3:.2f} ms, "
        f"{file['size_bytes'] / 1e6:.2f} MB, {best.threads} thread(s)"
    )
    return judged(goal, test["top1"], results.source(best.name), interval=(test["low"], test["high"]), remark=remark)


def _fits(file: Mapping[str, Any], latency_s: float, size_bytes: float) -> bool:
    timed = file["frame_to_label"]
    return timed is not None and timed["median_s"] <= latency_s and file["size_bytes"] <= size_bytes
