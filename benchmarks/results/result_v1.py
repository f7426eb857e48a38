"""Results of schema version 1, which knew one process and no rounds: read with blanks where it tells nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.measure.protocol.memory import ColdStart
from benchmarks.results.device import Device
from benchmarks.results.result import FileResult, Result
from benchmarks.results.round_times import RoundFacts, RoundTimes
from edge_app.metrics.accuracy import MeasuredAccuracy


def result_from_version_1(content: Mapping[str, Any]) -> Result:
    """Return what an old result tells.

    Its load and first run were medians over the fresh processes, its memory the largest; they stand for each of them.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    threads = int(content["threads"])
    files = tuple(_file(file, threads) for file in content["files"])
    if not files:
        raise ValueError("no files")
    nothing_told = RoundFacts((), (), (), None, 0.0)
    return Result(str(content["date"]), Device(**content["device"]), files, (nothing_told,), schema_read=1)


def _file(content: Mapping[str, Any], threads: int) -> FileResult:
    times = RoundTimes(_times(content["frame_to_label_s"]), _times(content["invoke_s"]))
    if not times.invoke_s:
        raise ValueError(f"`{content['file']}` has no times of the bare run")
    load_s, first_s = float(content["load_s"]), float(content["first_invoke_s"])
    starts = tuple(
        ColdStart(load_s, first_s, start_s, content["peak_memory_bytes"])
        for start_s in _times(content["start_to_label_s"])
    )
    accuracy = content.get("accuracy")
    return FileResult(
        file=content["file"],
        sha256=content["sha256"],
        size_bytes=content["size_bytes"],
        input_size=content["input_size"],
        input_dtype=content["input_dtype"],
        threads=threads,
        starts=starts,
        rounds=(times,),
        accuracy=None if accuracy is None else MeasuredAccuracy(**accuracy),
        accuracy_note=content.get("accuracy_note", ""),
    )


def _times(values: list[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
