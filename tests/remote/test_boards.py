"""`fieldlens bench … --on` against servers of OpenSSH on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.remote.loopback import LoopbackBoard
from benchmarks.results.envelope import read_envelope, read_result
from benchmarks.results.latency import LatencyResult
from benchmarks.verbs import on_boards
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.starter import STARTER

QUICK = ("--rounds", "1", "--runs", "5", "--seconds", "0.1", "--seed", "1", "--threads", "1")
_LONGEST_S = 240.0


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + _LONGEST_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def kept_jobs(boards: list[LoopbackBoard]) -> list[str]:
    return [path.name for board in boards for path in board.root.glob("jobs/*")]


def test_results_of_two_boards_come_home_and_are_those_of_this_machine(
    installed: list[LoopbackBoard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, out = tmp_path / "my pets", tmp_path / "out"
    write_drawings(photos, 6)
    words = ["run", str(STARTER), *QUICK, "--photos", str(photos), "--all-photos"]
    hosts = [board.name for board in installed]
    there = ["--on", *hosts, "--ssh-config", str(installed[0].config), "--out", str(out)]
    assert main([*words, *there]) == 0
    said = capsys.readouterr().out
    assert main([*words, "--out", str(tmp_path / "here")]) == 0
    here = read_result(tmp_path / "here" / "result.json", LatencyResult)
    for host in hosts:
        result = read_result(out / host / "result.json", LatencyResult)
        assert f"| {host} " in said
        assert result.files[0].sha256 == here.files[0].sha256
        assert result.files[0].accuracy == here.files[0].accuracy
        assert result.seed == 1
    assert kept_jobs(installed) == [], "what is home is deleted there"


def test_a_broken_connection_loses_nothing(
    installed: list[LoopbackBoard],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = installed
    monkeypatch.setattr(on_boards, "_GIVE_UP_S", 0.0)
    out = tmp_path / "out"
    words = ["run", str(STARTER), *QUICK, "--on", first.name, second.name, "--out", str(out)]
    words += ["--ssh-config", str(first.config)]

    def cut() -> None:
        wait_for(lambda: any(second.root.glob("jobs/*/pid")))
        second.cut()

    cutting = threading.Thread(target=cut)
    cutting.start()
    assert main(words) == 1
    cutting.join()
    assert "the measurement goes on there" in capsys.readouterr().err
    assert read_envelope(out / first.name / "result.json").kind == "latency"
    assert not (out / second.name).exists()
    wait_for(lambda: any(second.root.glob("jobs/*/code")))  # with nobody connected
    measured = next(second.root.glob("jobs/*/out/result.json")).read_bytes()

    second.switch_on()
    assert main(words) == 0
    assert "it is fetched" in capsys.readouterr().err
    assert (out / second.name / "result.json").read_bytes() == measured
    assert kept_jobs(installed) == []


def test_operators_and_sustained_are_measured_there_too(installed: list[LoopbackBoard], tmp_path: Path) -> None:
    board = installed[0]
    there = ["--on", board.name, "--ssh-config", str(board.config)]
    operators = ["operators", str(STARTER), "--passes", "5", "--out", str(tmp_path / "operators")]
    assert main([*operators, *there]) == 0
    assert read_envelope(tmp_path / "operators" / board.name / "operators.json").kind == "operators"
    assert main(["sustained", str(STARTER), "--for", "3s", "--out", str(tmp_path / "hot"), *there]) == 0
    assert read_envelope(tmp_path / "hot" / board.name / "sustained.json").kind == "sustained"


def test_what_fails_there_is_told_here(
    installed: list[LoopbackBoard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board, broken = installed[0], tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    there = ["--on", board.name, "--ssh-config", str(board.config), "--out", str(tmp_path / "out")]
    assert main(["run", str(broken), *there]) == 1
    assert "broken.tflite" in capsys.readouterr().err
    assert kept_jobs([board]) == []
