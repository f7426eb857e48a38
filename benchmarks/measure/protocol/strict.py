"""A single stream of queries, as MLPerf Inference asks: the next frame comes when the last one has its label.

V. J. Reddi and others, MLPerf Inference Benchmark, 2020: single stream, at least 1,024 queries and 60 s, 90th
percentile. Run as `python -m benchmarks.measure.protocol.strict`, it is the fresh process of one file: it reads a line
of JSON and prints one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.measure.protocol.fresh_process import answer_as_fresh_process, ask_fresh_process
from benchmarks.measure.protocol.memory import FreshProcessError
from benchmarks.measure.protocol.plan import Subject
from benchmarks.statistics.summary import percentile
from edge_app.common.errors import ModelFileError

QUERIES = 1024
DURATION_S = 60.0
_SHARE = 0.9
_Z99 = 2.326348  # one-sided, as MLPerf's early stopping
_SLACK_S = 600.0


@dataclass(frozen=True)
class Stream:
    """Queries of one file in a fresh process, one at a time.

    Attributes:
        queries_s: frame→label of each, raw.
        duration_s: of all of them.
    """

    queries_s: tuple[float, ...]
    duration_s: float

    def __post_init__(self) -> None:
        if not self.queries_s or not all(0 < time_s < math.inf for time_s in (*self.queries_s, self.duration_s)):
            raise ValueError("a stream has no queries, or a time that is not above 0")

    @property
    def is_valid(self) -> bool:
        """There were enough queries for long enough."""
        return len(self.queries_s) >= QUERIES and self.duration_s >= DURATION_S

    @property
    def p90_s(self) -> float:
        """The 90th percentile."""
        return percentile(sorted(self.queries_s), _SHARE)

    @property
    def p90_bound_s(self) -> float:
        """What 90 % of all queries stay below, with 99 % confidence: an order statistic, binomial distribution."""
        ordered, count = sorted(self.queries_s), len(self.queries_s)
        place = math.ceil(count * _SHARE + _Z99 * math.sqrt(count * _SHARE * (1 - _SHARE)))
        return ordered[min(count - 1, place)]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Stream:
        """Read what `dataclasses.asdict` made."""
        return cls(tuple(float(time_s) for time_s in content["queries_s"]), float(content["duration_s"]))


def ask_stream(subject: Subject, queries: int = QUERIES, duration_s: float = DURATION_S) -> Stream:
    """Measure in a fresh process.

    Args:
        subject: its file was found good before.
        queries: at least.
        duration_s: at least.

    Raises:
        ModelFileError: the process failed.
    """
    request = {"subject": subject.to_json(), "queries": queries, "duration_s": duration_s}
    try:
        return Stream.from_json(
            ask_fresh_process("benchmarks.measure.protocol.strict", request, _SLACK_S + 10 * duration_s + queries)
        )
    except FreshProcessError as error:
        raise ModelFileError(f"`{subject.model}` could not be measured as a stream: {error}") from error


def measure_stream(subject: Subject, queries: int, duration_s: float) -> Stream:
    """Measure in this process, which should be fresh: warm up until steady, then query."""
    from benchmarks.measure.protocol.latency import WarmFile, camera_frames
    from edge_app.model.classifier import Classifier

    file = WarmFile(
        Classifier(subject.model, subject.threads, subject.labels, trusted=True), camera_frames(), bare=False
    )
    file.warm_up()
    begin_s = time.perf_counter()
    while True:
        file.query()
        passed_s = time.perf_counter() - begin_s
        if len(file.frame_to_label_s) >= queries and passed_s >= duration_s:
            return Stream(tuple(file.frame_to_label_s), passed_s)


def _measure_asked(asked: Mapping[str, Any]) -> Stream:
    return measure_stream(Subject.from_json(asked["subject"]), asked["queries"], asked["duration_s"])


if __name__ == "__main__":
    raise SystemExit(answer_as_fresh_process(_measure_asked))
