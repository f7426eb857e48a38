"""Promises about what a comparison with peers concludes, and from what."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from benchmarks.experiments.peers.comparison import PeersComparison, PeersRound, verdict
from benchmarks.experiments.peers.cpu_set import choose_cpus, pinned
from benchmarks.experiments.peers.latency import round_order
from benchmarks.experiments.peers.litert_benchmark import LitertBenchmark, read_latency
from benchmarks.experiments.peers.output import comparison_table
from benchmarks.experiments.peers.peer import PEERS, peers_called
from benchmarks.experiments.peers.survey import Agreement, compare, same_weights
from benchmarks.experiments.peers.visit import PeersOptions, Visit
from benchmarks.results.device import examine_device
from benchmarks.results.json_records import to_json
from edge_app.common.errors import PeerError, UsageError

NAMES = ("edge_app", "mediapipe", "openvino", "litert-benchmark")


def made(
    ours_s: Sequence[float], theirs_s: Sequence[float], litert_s: float = 0.0025, same_label: float = 1.0
) -> PeersComparison:
    def visit(frame_s: float, bare: bool) -> Visit:
        return Visit(0.5, 0.2, 90 << 20, (0.0025,) * 3 if bare else (), (frame_s / 2, frame_s, frame_s * 9), "cat")

    rounds = tuple(
        PeersRound(
            0.1, {"edge_app": visit(our_s, True), "mediapipe": visit(their_s, False)}, LitertBenchmark(litert_s, 0.02)
        )
        for our_s, their_s in zip(ours_s, theirs_s, strict=True)
    )
    peers = {
        "edge_app": Agreement({"runtime": "ai-edge-litert 2.3.0"}, 1.0, 0.0),
        "mediapipe": Agreement({"mediapipe": "1.2.3"}, same_label),
        "litert-benchmark": Agreement({"ai-edge-litert": "2.3.0"}),
    }
    return PeersComparison(
        "2026-11-28", examine_device(), (1,), "a.tflite", "00", PeersOptions(), False, {}, peers, rounds
    )


def test_ratios_are_of_medians_within_a_round() -> None:
    comparison = made([0.002, 0.004], [0.003, 0.002])
    assert comparison.ratios("mediapipe", "frame_to_label_s") == pytest.approx([1.5, 0.5])
    assert comparison.ratios("mediapipe", "bare_s") == []  # it has no bare run
    assert comparison.litert_ratios() == pytest.approx([1.0, 1.0])
    told = {**comparison.derived(), **to_json(comparison)}
    assert told["ratios"]["mediapipe"] == {"bare_s": [], "frame_to_label_s": pytest.approx([1.5, 0.5])}
    assert told["rounds"][1]["visits"]["mediapipe"]["frame_to_label_s"][:2] == [0.001, 0.002]


def test_the_table_has_a_dash_where_a_peer_has_no_such_number() -> None:
    _, _, ours, mediapipe, litert = comparison_table(made([0.002], [0.003])).splitlines()
    assert "2.50 (2.50 to 2.50)" in ours
    assert [cell.strip() for cell in mediapipe.split("|")[2:6]] == ["–", "–", "3.00 (3.00 to 3.00)", "1.50"]
    assert litert.count("–") == 6


def test_agreement_is_said_only_where_the_whole_interval_shows_it() -> None:
    assert "they agree within 5%" in verdict([0.96, 0.99, 1.0, 1.01, 1.02, 1.04])
    assert "they differ by more than 5%" in verdict([1.06] * 6)
    assert "cannot tell" in verdict([0.98, 0.99, 1.0, 1.01, 1.02, 1.2])
    assert "cannot tell" in verdict([1.0] * 5)  # too few for an interval


def test_what_makes_numbers_worth_less_is_said() -> None:
    few = made([0.002], [0.003], same_label=0.0).warnings()
    assert len(few) == 2
    assert "1 rounds are few" in few[0]
    assert few[1] == "mediapipe gives our label on 0% of the frames only"
    assert made([0.002] * 6, [0.003] * 6).warnings() == []


def test_a_round_visits_everybody_once_with_litert_benchmark_beside_us() -> None:
    orders = [round_order(NAMES, number) for number in range(20)]
    assert all(sorted(order) == sorted(NAMES) for order in orders)
    places = [order.index("litert-benchmark") - order.index("edge_app") for order in orders]
    assert sorted(set(places)) == [-1, 1]
    assert len({tuple(order) for order in orders}) > 5
    assert round_order(NAMES, 3) == orders[3]
    assert round_order(("edge_app", "openvino"), 0) in (["edge_app", "openvino"], ["openvino", "edge_app"])


def test_answers_are_compared_frame_by_frame() -> None:
    ours = {"labels": ["cat", "dog"], "scores": [[0.9, 0.1], [0.2, 0.8]]}
    theirs = {"labels": ["cat", "cat"], "scores": [[0.9, 0.1], [0.5, 0.5]]}
    assert compare(ours, theirs, {}) == Agreement({}, 0.5, pytest.approx(0.3))
    assert compare(ours, {"labels": ["cat", "dog"]}, {}) == Agreement({}, 1.0, None)


def test_other_weights_are_seen_even_where_both_are_sure() -> None:
    assert same_weights([[0.9, 0.1]], [[0.90001, 0.09999]])
    assert not same_weights([[0.9, 0.1]], [[0.91, 0.09]])
    assert same_weights([[1.0, 3e-9]], [[1.0, 3.00001e-9]])
    assert not same_weights([[1.0, 3e-9]], [[1.0, 4e-9]])


def test_bad_words_and_numbers_are_refused() -> None:
    assert peers_called("openvino, mediapipe") == (PEERS["openvino"], PEERS["mediapipe"])
    for names in ("", "openvino,openvino", "tensorrt"):
        with pytest.raises(UsageError, match="--peers takes some of mediapipe,"):
            peers_called(names)
    with pytest.raises(PeerError, match="at least 1 of everything"):
        PeersOptions(runs=0)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"latency": {"median_ms": "fast"}}', '{"latency": {"median_ms": 0, "init_ms": 1}}']
)
def test_a_result_of_litert_benchmark_without_times_is_a_sentence(text: str) -> None:
    assert read_latency('{"latency": {"median_ms": 2.5, "init_ms": 10}}') == LitertBenchmark(0.0025, 0.01)
    with pytest.raises(PeerError, match="litert-benchmark wrote"):
        read_latency(text)


def test_everybody_is_kept_on_the_same_cpus_and_let_go_again() -> None:
    before = os.sched_getaffinity(0)
    chosen = choose_cpus(1)
    assert chosen == (max(before),)
    with pinned(chosen):
        assert os.sched_getaffinity(0) == set(chosen)
    assert os.sched_getaffinity(0) == before
    for given_cpus in ("", "a", "99999"):
        with pytest.raises(UsageError, match="--cpus takes some of"):
            choose_cpus(1, given_cpus)
