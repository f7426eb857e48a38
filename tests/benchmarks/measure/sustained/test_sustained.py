"""Promises of files under load: a small record, a fair comparison of first and last, and nothing lost by Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.measure.sustained.findings import ThrottleEvent, changes, rankings, swaps, throttle_events
from benchmarks.measure.sustained.report import show_and_write, sustained_text
from benchmarks.measure.sustained.run import run_sustained
from benchmarks.results.envelope import read_result, write_result
from benchmarks.results.sustained import LoadedFile, Reading, Sustained, Turn
from edge_app.common.errors import ResultError
from edge_app.model.starter import STARTER
from tests.benchmarks.results.test_result import QUIET

FILES = tuple(LoadedFile(f"models/{name}.tflite", "ab" * 32, 1000) for name in ("a", "b"))
CALM = Reading(0.0, 50.0, 1.8e9, "0x0", None, 0.1)


def a_run(a_s: Callable[[float], float], b_s: Callable[[float], float], length_s: int = 300) -> Sustained:
    """Two files in turns; their speeds are functions of time, with 1 % of noise."""
    noise = 1.0 + 0.01 * np.random.default_rng(0).normal(size=length_s)
    turns = []
    for second in range(length_s):
        time_s = (a_s, b_s)[second % 2](second) * float(noise[second])
        turns.append(Turn(second % 2, float(second), 100, time_s, 1.1 * time_s, (time_s,) * 8))
    readings = tuple(replace(CALM, at_s=float(second), temperature_c=50 + second / 10) for second in range(length_s))
    return Sustained("2026-11-28", QUIET, 4, float(length_s), 1.0, False, FILES, tuple(turns), readings)


STEADY = a_run(lambda _: 0.010, lambda _: 0.012)
HOT = a_run(lambda at_s: 0.010 if at_s < 150 else 0.015, lambda _: 0.012)


def test_a_steady_run_changes_nothing() -> None:
    found = changes(STEADY)
    assert [change.verdict for change in found] == ["cannot tell", "cannot tell"]
    assert rankings(found) == ([0, 1], [0, 1])
    assert swaps(STEADY, found) == []
    assert throttle_events(STEADY) == []
    told = sustained_text(STEADY)
    assert "The ranking did not change: a.tflite < b.tflite" in told
    assert "The board reported no throttling" in told
    assert "Temperature: 53.0 °C at first, 77.0 °C at the end" in told


def test_a_file_that_heat_slows_is_named_and_the_ranking_with_it() -> None:
    found = changes(HOT)
    assert [change.verdict for change in found] == ["slower", "cannot tell"]
    assert found[0].ratio is not None
    assert found[0].ratio.value == pytest.approx(1.5, rel=0.02)
    (swap,) = swaps(HOT, found)
    assert (swap.ahead, swap.behind, swap.certain) == (0, 1, True)
    assert "The ranking changed: a.tflite was faster at first, b.tflite is faster at the end" in sustained_text(HOT)


def test_an_order_that_chance_can_turn_is_no_change_of_ranking() -> None:
    alike = a_run(lambda at_s: 0.01 if at_s < 150 else 0.010001, lambda at_s: 0.010001 if at_s < 150 else 0.01)
    assert not any(swap.certain for swap in swaps(alike, changes(alike)))
    assert "The ranking changed" not in sustained_text(alike)


def test_a_short_run_says_that_it_is_too_short() -> None:
    assert "too few turns for an interval" in sustained_text(replace(STEADY, turns=STEADY.turns[:12], partial=True))
    assert "no turn in the first or the last window" in sustained_text(replace(STEADY, turns=STEADY.turns[:1]))


def test_throttling_is_told_with_its_beginning_and_end_also_between_two_readings() -> None:
    bits = ("0x0", "0x20002", "0x20000", "0x60000", "0x60002")
    readings = tuple(replace(CALM, at_s=5.0 * place, throttled=one) for place, one in enumerate(bits))
    assert throttle_events(replace(STEADY, readings=readings)) == [
        ThrottleEvent(5.0, 10.0, "the clock is capped"),
        ThrottleEvent(15.0, 15.0, "the clock is lowered for heat or power (between two readings)"),
        ThrottleEvent(20.0, None, "the clock is capped"),
    ]
    counted = (replace(CALM, throttle_count=7), replace(CALM, at_s=3.0, throttle_count=9))
    assert throttle_events(replace(STEADY, readings=counted)) == [
        ThrottleEvent(3.0, 3.0, "the CPU throttled for heat 2 times")
    ]


def test_other_programs_are_a_warning() -> None:
    busy = tuple(replace(reading, other_cores=1.5) for reading in STEADY.readings)
    assert "warning: other programs kept 1.5 cores busy" in sustained_text(replace(STEADY, readings=busy))


def test_an_emulated_run_is_invalid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emulated = replace(STEADY, device=replace(QUIET, emulator="qemu-aarch64-static"))
    show_and_write(emulated, tmp_path)
    assert "INVALID: measured in an emulator (qemu-aarch64-static): answers count" in capsys.readouterr().out
    assert json.loads((tmp_path / "sustained.json").read_text())["payload"]["derived"]["valid"] is False
    assert "INVALID" not in sustained_text(STEADY)


def test_a_result_comes_back_and_half_an_hour_is_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_and_write(HOT, tmp_path)
    again = read_result(tmp_path / "sustained.json", Sustained)
    assert (again.files, again.readings, len(again.turns)) == (HOT.files, HOT.readings, 300)
    assert again.turns[7].median_s == pytest.approx(HOT.turns[7].median_s, abs=1e-7)
    assert (tmp_path / "sustained.json").stat().st_size * 3600 / 300 < 2 << 20  # no run has more turns
    assert "a.tflite" in (tmp_path / "sustained.md").read_text()
    assert (tmp_path / "sustained.png").exists() or "pip install matplotlib" in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"turns": {}}, {"files": []}, {"readings": 3}, {"threads": None}])
def test_damaged_results_are_one_sentence(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "sustained.json"
    write_result(path, STEADY)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "payload": {**content["payload"], **change}}))
    with pytest.raises(ResultError, match=r"is damaged: .*; measure again"):
        read_result(path, Sustained)


def test_ctrl_c_keeps_what_was_measured() -> None:
    def interrupt(_passed_s: float, _reading: Reading) -> None:
        raise KeyboardInterrupt

    found = run_sustained([STARTER], 1800.0, threads=1, step=interrupt)
    assert found.partial
    (turn,) = found.turns
    assert turn.runs >= len(turn.sampled_s) >= 1
    assert len(found.readings) == 2
    assert "partial: 30 min were asked for" in sustained_text(found)


def test_run_hands_over_and_refuses_what_would_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--sustained", "1s", "--photos", "photos"]) == 2
    assert "--sustained measures no accuracy" in capsys.readouterr().err
    (tmp_path / "sustained.json").write_text("precious")
    assert main(["run", str(STARTER), "--sustained", "1s", "--out", str(tmp_path)]) == 1
    assert "exists already" in capsys.readouterr().err
