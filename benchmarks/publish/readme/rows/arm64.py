"""The row of the emulated ARM machine: the newest log."""

from __future__ import annotations

from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import ARM64
from benchmarks.publish.readme.row import Row, judged

PATTERN = "arm64-*.json"


def arm64_row(results: Committed) -> tuple[Row, ...]:
    """Judge all files on all emulated processors together; tell each file."""
    name = next(reversed(results.names(PATTERN)), None)
    if name is None:
        return ()
    content = results.read(name)
    compared = [one for root in content["roots"] for one in root["comparisons"]]
    share = sum(one["same_label"] for one in compared) / sum(one["photographs"] for one in compared)
    models = dict.fromkeys(one["model"] for one in compared)
    remark = "; ".join(_told([one for one in compared if one["model"] == model]) for model in models)
    return (judged(ARM64, share, results.source(name), remark=f"{remark}; {content['emulator']}"),)


def _told(compared: list[dict[str, Any]]) -> str:
    worst = min(compared, key=lambda one: float(one["same_label"]))
    largest = max(one["largest_difference"] for one in compared)
    return f"`{worst['model']}` {worst['same_label']} of {worst['photographs']}, largest Δp {largest:.3f}"
