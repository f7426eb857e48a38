"""Rows of one file that is somebody else's: its way from a frame to a label, its start and its memory."""

from __future__ import annotations

import statistics

from benchmarks.statistics.summary import summarize
from benchmarks.workstation.readme.committed import Committed
from benchmarks.workstation.readme.goals import FIRST_PEAK, FIRST_START, FRAME_TO_BARE
from benchmarks.workstation.readme.row import Row, judged

FILE = "goal-latency/result.json"


def start_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the first file of the result."""
    file, source = results.benchmark(FILE).files[0], results.source(FILE)
    whole_s, bare_s = (summarize(times_s).median_s for times_s in (file.frame_to_label_s, file.invoke_s))
    remark = f"{whole_s * 1e3:.2f} ms against {bare_s * 1e3:.2f} ms, `{file.file.rpartition('/')[2]}`"
    starts_s = sorted(file.start_to_label_s)
    interval = (starts_s[0], starts_s[-1])
    return (
        judged(FRAME_TO_BARE, whole_s / bare_s, source, remark=remark),
        judged(
            FIRST_START, statistics.median(starts_s), source, interval=interval, remark=f"{len(starts_s)} processes"
        ),
        judged(FIRST_PEAK, file.peak_memory_bytes, source),
    )
