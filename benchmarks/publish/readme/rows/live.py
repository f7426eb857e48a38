"""Rows of the live loop: every `live*.json`."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.publish.readme.committed import Committed, Source
from benchmarks.publish.readme.goals import FRAME_AGE, FRAME_TO_BARE, LIVE_THROUGHPUT, PEAK_MEMORY, START, Goal
from benchmarks.publish.readme.row import Row, judged
from benchmarks.statistics.summary import percentile

PATTERN = "live*.json"
_INVOKES_OF_AGE = 1.5


def live_rows(results: Committed) -> tuple[Row, ...]:
    """Judge throughput, ages, start and memory of every result of `python -m benchmarks experiment live`."""
    return tuple(row for name in results.names(PATTERN) for row in _of(results.read(name), results.source(name)))


def _of(content: Mapping[str, Any], source: Source) -> tuple[Row, ...]:
    ratios = [sum(one["invoke_s"]) / one["loop_s"] for one in content["rounds"]]
    bare_s = statistics.median(time_s for one in content["rounds"] for time_s in one["invoke_s"])
    ages = content["ages"]
    age_goal = replace(FRAME_AGE, limit=1.0 / ages["fps"] + _INVOKES_OF_AGE * bare_s)
    warm, cold = content["warm_starts"], content["cold_starts"]
    dropped = f"{len(ages['true_s']):,} frames, {ages['dropped']:,} dropped"
    return (
        *_frame_to_bare(content, source),
        _with_range(LIVE_THROUGHPUT, ratios, source, f"`{content['file']}`, {content['threads']} threads"),
        judged(age_goal, percentile(sorted(ages["true_s"]), 0.95), source, remark=dropped),
        _with_range(START, _starts(warm, "label_s"), source, f"cold {_median(cold, 'label_s'):.3f} s"),
        _with_range(
            PEAK_MEMORY,
            _starts(warm, "peak_memory_bytes"),
            source,
            f"cold {_median(cold, 'peak_memory_bytes') / 2**20:.1f} MiB",
        ),
    )


def _frame_to_bare(content: Mapping[str, Any], source: Source) -> tuple[Row, ...]:
    """Results of schema version 1 do not have it."""
    rounds = [one for one in content["rounds"] if "frame_to_label_s" in one]
    if not rounds:
        return ()
    whole_s, bare_s = ([statistics.median(one[kind]) for one in rounds] for kind in ("frame_to_label_s", "invoke_s"))
    ratios = [whole / bare for whole, bare in zip(whole_s, bare_s, strict=True)]
    remark = f"{statistics.median(whole_s) * 1e3:.2f} ms against {statistics.median(bare_s) * 1e3:.2f} ms"
    return (_with_range(FRAME_TO_BARE, ratios, source, f"`{content['file']}`; {remark}"),)


def _with_range(goal: Goal, values: Sequence[float], source: Source, remark: str) -> Row:
    interval = (min(values), max(values))
    return judged(
        goal, statistics.median(values), source, interval=interval, remark=f"range of {len(values)}; {remark}"
    )


def _starts(starts: Sequence[Mapping[str, float]], field: str) -> list[float]:
    return [start[field] for start in starts]


def _median(starts: Sequence[Mapping[str, float]], field: str) -> float:
    return statistics.median(_starts(starts, field))
