"""A single stream of queries, as MLPerf Inference asks: the next frame comes when the last one has its label.

Run as `python -m benchmarks.measure.protocol.stream`, it is the fresh process of one file: it reads a line of JSON and
prints one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.measure.protocol.fresh_process import FreshProcessError, answer_as_fresh_process, ask_fresh_process
from benchmarks.measure.protocol.options import BenchmarkCase
from benchmarks.results.latency import STREAM_DURATION_S, STREAM_QUERIES, Stream
from edge_app.common.errors import ModelFileError

_SLACK_S = 600.0


@dataclass(frozen=True)
class StreamRequest:
    """Queries to make, and how long to make them: at least."""

    case: BenchmarkCase
    queries: int = STREAM_QUERIES
    duration_s: float = STREAM_DURATION_S


def ask_stream(request: StreamRequest) -> Stream:
    """Measure in a fresh process.

    Args:
        request: its file was found good before.

    Raises:
        ModelFileError: the process failed.
    """
    limit_s = _SLACK_S + 10 * request.duration_s + request.queries
    try:
        return ask_fresh_process("benchmarks.measure.protocol.stream", request, Stream, limit_s)
    except FreshProcessError as error:
        raise ModelFileError(f"`{request.case.model}` could not be measured as a stream: {error}") from error


def measure_stream(request: StreamRequest) -> Stream:
    """Measure in this process, which should be fresh: warm up, then query."""
    from benchmarks.measure.protocol.latency import WarmFile, camera_frames

    case = request.case
    file = WarmFile(case.open(), camera_frames(), bare=False)
    file.warm_up()
    begin_s = time.perf_counter()
    while True:
        file.query()
        passed_s = time.perf_counter() - begin_s
        if len(file.frame_to_label_s) >= request.queries and passed_s >= request.duration_s:
            return Stream(tuple(file.frame_to_label_s), passed_s)


if __name__ == "__main__":
    raise SystemExit(answer_as_fresh_process(StreamRequest, measure_stream))
