"""Promises of a round: warm-up until steady, a delay that is there, others' work that is seen."""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measure.protocol.background_load import BackgroundLoadMeter, busy_ticks
from benchmarks.measure.protocol.latency import WarmFile, camera_frames
from benchmarks.measure.protocol.options import BenchmarkCase, MeasurementOptions
from benchmarks.measure.protocol.rounds import RoundRequest, ask_round
from benchmarks.measure.protocol.stream import StreamRequest, ask_stream
from benchmarks.measure.protocol.warm_up import agree, warm_up
from benchmarks.results.latency import Stream
from edge_app.common.errors import ModelFileError, UsageError
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER


def test_times_are_steady_when_three_windows_agree() -> None:
    assert not agree([1.0, 1.0])
    assert not agree([1.2, 1.1, 1.0])
    assert agree([5.0, 1.02, 1.0, 1.01])


def test_warming_up_ends_at_the_cap_and_says_so() -> None:
    work = itertools.accumulate(itertools.repeat(3000))  # every run takes longer than the one before
    found = warm_up(lambda: sum(range(next(work))), cap_s=0.05)
    assert not found.settled
    assert found.runs >= 5


def test_work_of_others_is_counted_on_the_cores_that_we_may_use() -> None:
    stat = "cpu 9 9 9 9\ncpu0 10 0 5 100 7 1 2 3 50 50\ncpu1 1 1 1 1 1 1 1 1 0 0\nintr 5\n"
    assert busy_ticks(stat, {0}) == 10 + 5 + 1 + 2 + 3
    assert busy_ticks(stat, {0, 1}) == 21 + 6
    other = BackgroundLoadMeter().read()
    assert other.share is None or 0 <= other.share <= 1


def test_a_delay_lengthens_what_is_timed() -> None:
    classifier = Classifier(STARTER, 1)
    classifier.classify = lambda _frame: _Seen()  # type: ignore[method-assign,assignment,return-value]  # takes no time
    file = WarmFile(classifier, camera_frames()[:1], bare=False, delay=0.5)
    file.block_runs, file._whole_delay_s = 5, 0.002
    file.block()
    assert min(file.frame_to_label_s) >= 0.002


class _Seen:
    latency_ms, prepare_ms, invoke_ms = 0.3, 0.1, 0.1


def test_a_round_measures_every_file_in_blocks_in_the_order_of_its_seed() -> None:
    Classifier(STARTER, 1)  # tried once, as `measure` does
    cases = (BenchmarkCase(STARTER, 1), BenchmarkCase(STARTER, 1, delay=0.05))
    request = RoundRequest(cases, runs=4, seconds=0.01, seed=(3, 0), stages=False, warm_up_cap_s=0.05)
    found = ask_round(request)
    assert len(found.files) == 2
    for file in found.files:
        assert len(file.frame_to_label_s) % file.block_runs == 0
        assert len(file.blocks("frame_to_label_s")) >= 3
        assert file.invoke_s == ()
        assert statistics.median(file.frame_to_label_s) > 0
    assert found.conditions.order == tuple(np.random.default_rng((3, 0)).permutation(2).tolist())


def test_a_file_that_fails_in_the_round_is_said(tmp_path: Path) -> None:
    path = tmp_path / "text.tflite"
    path.write_text("no model")
    with pytest.raises(ModelFileError, match=r"text\.tflite` could not be measured in a fresh process"):
        ask_round(RoundRequest((BenchmarkCase(path, 1),), 1, 0.01, (1,)))


def test_a_strict_stream_has_queries_and_a_bound_above_its_percentile() -> None:
    found = ask_stream(StreamRequest(BenchmarkCase(STARTER, 1), queries=20, duration_s=0.05))
    assert len(found.queries_s) >= 20
    assert found.duration_s >= 0.05
    assert found.p90_bound_s >= found.p90_s
    assert not found.is_valid
    assert Stream((0.03,) * 2048, 61.0).is_valid


def test_nine_tenths_of_queries_stay_below_the_bound() -> None:
    """1,024 queries of 1 to 1,024 ms: the binomial distribution leaves 22 queries of room."""
    stream = Stream(tuple(number * 1e-3 for number in range(1, 1025)), 600.0)
    assert stream.p90_s == pytest.approx(0.9217)
    assert stream.p90_bound_s == pytest.approx(0.945, abs=0.002)


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"runs": 0}, {"seconds": -1.0}, {"threads": (0,)}, {"workers": ()}])
def test_plans_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        MeasurementOptions(**wrong)  # type: ignore[arg-type]
