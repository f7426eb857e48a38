"""Rows of the long run."""

from __future__ import annotations

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import SOAK_GROWTH, SOAK_RECOVERY
from benchmarks.publish.readme.row import Row, judged

FILE = "soak.json"


def soak_rows(results: Committed) -> tuple[Row, ...]:
    """Judge growth and recovery."""
    content, source = results.read(FILE), results.source(FILE)
    first, last = content["samples"][0], content["samples"][-1]
    most = max(sample["threads"] for sample in content["samples"])
    facts = f"{last['at_s'] / 60:.0f} min at {content['fps']:g} frames/s, {last['frames']:,} frames"
    threads = f"threads {first['threads']} at first, {most} at most, {last['threads']} at last"
    rows = [judged(SOAK_GROWTH, content["growth_bytes"], source, remark=f"{facts}; {threads}")]
    recoveries_s = content["recoveries_s"]
    if recoveries_s:
        rows.append(judged(SOAK_RECOVERY, max(recoveries_s), source, remark=f"{len(recoveries_s)} drops"))
    return tuple(rows)
