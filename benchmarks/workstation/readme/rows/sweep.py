"""Rows of the trade-off sweep: the best file within limits, chosen on validation photographs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.workstation.readme.committed import Committed
from benchmarks.workstation.readme.goals import SWEEP_FAST, SWEEP_GOOD, Goal
from benchmarks.workstation.readme.row import Row, judged

PATTERNS = ("sweep.json", "sweep/sweep.json")
_LIMITS = ((SWEEP_FAST, 1.0e-3, 1.0e6), (SWEEP_GOOD, 2.5e-3, 2.7e6))


def sweep_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the test accuracy of the file that is best on validation photographs within each limit."""
    found = [name for pattern in PATTERNS for name in results.names(pattern)]
    return tuple(_row(name, *limits, results) for name in found[:1] for limits in _LIMITS)


def _row(name: str, goal: Goal, latency_s: float, size_bytes: float, results: Committed) -> Row:
    content, source = results.read(name), results.source(name)
    fitting = [file for file in content["files"] if _fits(file, latency_s, size_bytes)]
    if not fitting:
        return Row(goal.what, f"none of {len(content['files'])} files is within", source, goal)
    best = max(fitting, key=lambda file: float(file["validation"]["top1"]))
    test = best["test"]
    remark = (
        f"`{best['file'].rpartition('/')[2]}`, {best['frame_to_label']['median_s'] * 1e3:.2f} ms, "
        f"{best['size_bytes'] / 1e6:.2f} MB, {content['threads']} thread(s)"
    )
    return judged(goal, test["top1"], source, interval=(test["low"], test["high"]), remark=remark)


def _fits(file: Mapping[str, Any], latency_s: float, size_bytes: float) -> bool:
    timed = file["frame_to_label"]
    return timed is not None and timed["median_s"] <= latency_s and file["size_bytes"] <= size_bytes
