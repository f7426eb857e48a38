"""Promises of `fieldlens bench operators`: the pieces are the network, and what does not add up is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from benchmarks.__main__ import main
from benchmarks.measure.operators.macs import count_macs
from benchmarks.measure.operators.pieces import Piece, plan_pieces
from benchmarks.measure.operators.report import (
    by_type,
    operator_report,
    operator_warnings,
    show_and_write,
    sum_sentence,
)
from benchmarks.measure.operators.times import profile_operators
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import read_result
from benchmarks.results.operators import OperatorProfile, OperatorTimes
from edge_app.model.delegation import read_delegation
from edge_app.model.graph import Graph, Operator, Tensor
from edge_app.model.runtime import load_interpreter
from edge_app.model.starter import STARTER

DEQUANTIZE, CONV_2D, SPLIT = 6, 3, 49


def profile_of(*times_s: tuple[float, ...], whole_s: tuple[float, ...], empty_s: tuple[float, ...]) -> OperatorProfile:
    operators = [OperatorTimes("CONV_2D", "conv;bias", (1, 4), 1_000_000, True, True, one) for one in times_s]
    return OperatorProfile(
        "2026-11-28",
        examine_device(),
        "a.tflite",
        "ab",
        9,
        "cut",
        5,
        1,
        True,
        tuple(operators),
        whole_s,
        empty_s,
        same_scores=True,
    )


@pytest.fixture
def profile() -> OperatorProfile:
    """Operators of 1 and 3 ms beside an empty run of 0.5 ms; the whole takes 4 ms."""
    return profile_of((0.0015,) * 3, (0.0035,) * 3, whole_s=(0.004,) * 3, empty_s=(0.0005,) * 3)


@pytest.mark.parametrize("xnnpack", [True, False], ids=["xnnpack", "plain"])
def test_the_pieces_of_a_file_compute_its_scores(xnnpack: bool) -> None:
    found = profile_operators(STARTER, threads=1, xnnpack=xnnpack, passes=5)
    assert found.same_scores
    assert [one.kind for one in found.operators[:4]] == ["QUANTIZE", "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D"]
    assert sum(one.macs or 0 for one in found.operators) == count_macs(STARTER).macs
    assert len(found.invoke_s) == len(found.empty_s) == len(found.operators[-1].run_s) == 5
    handed = read_delegation(load_interpreter(STARTER, 1)).delegated if xnnpack else frozenset()
    assert {place for place, one in enumerate(found.operators) if one.delegated} == handed
    assert all(one.delegated == one.delegated_alone for one in found.operators)


def test_operators_that_unpack_weights_go_with_those_that_use_them() -> None:
    """As in float16 files; and each part of a split is handed on by its own number."""
    tensors = [Tensor(f"t{number}", (1,), 0, number, constant=number in (1, 2)) for number in range(7)]
    operators = (
        Operator(DEQUANTIZE, (1,), (3,)),
        Operator(SPLIT, (2, 0), (4, 5)),
        Operator(CONV_2D, (5, 3, -1), (6,)),
    )
    graph = Graph(tuple(tensors), operators, (0,), (6,))
    assert plan_pieces(graph) == (Piece(1, (1,), (0,), (4, 5)), Piece(2, (0, 2), (5,), (6,)))


def test_the_time_of_an_empty_run_is_taken_off_each_operator(profile: OperatorProfile) -> None:
    assert [profile.time_s(one) for one in profile.operators] == pytest.approx([0.001, 0.003])
    assert profile.ratio == profile.fast_ratio == pytest.approx(1.0)
    assert [(total.count, total.delegated, total.macs) for total in by_type(profile)] == [(2, 2, 2_000_000)]
    assert "100.0%" in sum_sentence(profile)
    assert operator_warnings(profile) == []


def test_a_gap_is_shown_with_its_likely_cause(profile: OperatorProfile) -> None:
    joined = replace(profile, invoke_s=(0.002,) * 3)
    assert "the whole is faster than its operators" in sum_sentence(joined)
    assert "the runtime joins operators" in operator_warnings(joined)[0]
    busy = replace(profile, invoke_s=(0.004, 0.008, 0.008))
    assert "4.000 ms of the whole are not explained" in sum_sentence(busy)
    assert "the machine was busy" in operator_warnings(busy)[0]


def test_a_piece_that_is_not_what_it_is_in_the_whole_is_said(profile: OperatorProfile) -> None:
    stray = replace(profile.operators[0], delegated_alone=False)
    odd = replace(profile, operators=(stray, profile.operators[1]), same_scores=False, interrupted=True)
    warnings = operator_warnings(odd)
    assert [
        words in warning for words, warning in zip(("Ctrl-C", "other scores", "conv in"), warnings, strict=True)
    ] == [True] * 3
    assert all(warning in operator_report(odd) for warning in warnings)


def test_emulated_times_are_invalid(profile: OperatorProfile, tmp_path: Path) -> None:
    emulated = replace(profile, device=replace(profile.device, emulator="qemu-aarch64-static"))
    show_and_write(emulated, tmp_path)
    assert "INVALID: measured in an emulator (qemu-aarch64-static): answers count" in operator_report(emulated)
    derived = json.loads((tmp_path / "operators.json").read_text())["payload"]["derived"]
    assert derived["valid"] is False
    assert derived["invalid_reasons"][0] in (tmp_path / "operators.md").read_text()
    assert "INVALID" not in operator_report(profile)


def test_ctrl_c_keeps_whole_passes() -> None:
    passes = iter(range(3))

    def stop_after_three() -> None:
        if next(passes) == 2:
            raise KeyboardInterrupt

    found = profile_operators(STARTER, threads=1, passes=100, progress=stop_after_three)
    assert found.interrupted
    assert {len(found.invoke_s), *(len(one.run_s) for one in found.operators)} == {3}


def rounding_of_ratio(written: OperatorProfile) -> float:
    """Return how far the ratio can move when every time, and the ratio itself, is rounded to 7 digits.

    An operator's time is the difference of two medians, so that it moves by two halves of the last digit, the whole by
    one: |S / W - S' / W'| = |(S - S') - S' / W' (W - W')| / W.
    """
    half = 0.5e-7
    return half * (2 * len(written.operators) + written.ratio) / (median(written.invoke_s) - half) + half + 1e-12


def test_the_verb_writes_every_raw_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operators", str(STARTER), "--threads", "1", "--passes", "5", "--out", str(tmp_path)]) == 0
    assert "method: operators cut out as models of their own" in capsys.readouterr().out
    derived = json.loads((tmp_path / "operators.json").read_text())["payload"]["derived"]
    record = read_result(tmp_path / "operators.json", OperatorProfile)
    assert len(record.operators) == len(derived["time_s"]) == 68
    assert derived["ratio"] == pytest.approx(record.ratio, abs=rounding_of_ratio(record))
    assert all(len(one.run_s) == 5 for one in record.operators)
    assert (tmp_path / "operators.md").read_text().count("CONV_2D") == 54
    assert main(["operators", str(STARTER), "--out", str(tmp_path)]) == 1
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "sentence"), [(["--passes", "4"], 2, "--passes must be 5 or more"), ([], 1, "cannot be read")]
)
def test_bad_input_is_a_sentence(
    words: list[str], code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["operators", str(tmp_path / "none.tflite"), *words, "--out", str(tmp_path / "out")]) == code
    assert sentence in capsys.readouterr().err
