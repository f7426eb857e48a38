"""Rows of one file that is somebody else's: its start and its memory."""

from __future__ import annotations

import statistics

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import FIRST_PEAK, FIRST_START
from benchmarks.publish.readme.row import Row, judged

FILE = "goal-latency/result.json"


def start_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the first file of the result."""
    file, source = results.benchmark(FILE).files[0], results.source(FILE)
    starts_s = sorted(file.start_to_label_s)
    interval = (starts_s[0], starts_s[-1])
    return (
        judged(
            FIRST_START, statistics.median(starts_s), source, interval=interval, remark=f"{len(starts_s)} processes"
        ),
        judged(FIRST_PEAK, file.peak_memory_bytes, source),
    )
