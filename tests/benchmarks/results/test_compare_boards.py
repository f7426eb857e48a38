"""Promises of `fieldlens bench compare` of three boards and more: each beside the first one, in one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.results.compare_boards import board_names, compare_boards
from benchmarks.results.envelope import read_envelope, write_result
from benchmarks.results.latency import FileResult, LatencyResult
from edge_app.common.errors import ResultError
from tests.benchmarks.results.test_compare import A, B, file_named
from tests.benchmarks.results.test_result import QUIET, RESULT

SLOW = file_named("a.tflite", "aa", 2.0)


def on(board: str, *files: FileResult, yardstick_s: float = 0.001) -> LatencyResult:
    rounds = tuple(replace(one, yardstick_s=(yardstick_s,)) for one in RESULT.rounds)
    return replace(RESULT, device=replace(QUIET, board=board), files=files, rounds=rounds)


def test_three_boards_are_one_table_with_the_first_as_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boards = {"one": on("Pi 5", A, B), "two": on("Pi 5", A), "three": on("Pi 4", B, SLOW)}
    for name, result in boards.items():
        write_result(tmp_path / name / "result.json", result)
    paths = [str(tmp_path / name / "result.json") for name in boards]
    assert main(["compare", *paths, "--out", str(tmp_path / "c.json")]) == 0
    told = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("| a")]
    assert [(row[1], row[2], row[5]) for row in rows] == [
        ("one", "Pi 5", "the first"),
        ("two", "Pi 5", "cannot tell"),
        ("three", "Pi 4", "slower"),
    ]
    assert rows[2][4].startswith("2.000 (")
    assert rows[0][3].count(" to ") == 1
    assert [line.split("|")[2].strip() for line in told.splitlines() if line.startswith("| b")] == ["one", "three"]
    assert "warning: one and three: different board: Pi 5 and Pi 4" in told
    pairs = read_envelope(tmp_path / "c.json", "comparison").payload["pairs"]
    assert {(pair["on"], pair["first"], pair["verdict"]) for pair in pairs if pair["what"] == "frame_to_label_s"} == {
        ("two", "a.tflite:2", "cannot tell"),
        ("three", "a.tflite:2", "slower"),
        ("three", "b.tflite:2", "cannot tell"),
    }


def test_that_boards_differ_in_speed_is_the_answer_and_widens_no_interval() -> None:
    slow, drifted = on("Pi 4", SLOW, yardstick_s=0.004), on("Pi 5", SLOW, yardstick_s=0.004)
    found = compare_boards({"one": on("Pi 5", A), "other": slow, "same": drifted})
    assert [row[-1] for row in found.table.rows] == ["the first", "slower", "cannot tell"]
    (widened,) = [sentence for sentence in found.warnings if "a fixed piece of work" in sentence]
    assert widened.startswith("one and same")


def test_an_emulated_board_tells_nothing() -> None:
    emulated = replace(on("Pi 4", SLOW), device=replace(QUIET, emulator="qemu-aarch64-static"))
    found = compare_boards({"one": on("Pi 5", A), "two": on("Pi 5", SLOW), "three": emulated})
    assert [row[-1] for row in found.table.rows] == ["the first", "slower", "cannot tell"]
    assert found.warnings[0].startswith("three is invalid: measured in an emulator")


def test_one_file_can_be_named_and_one_that_a_board_lacks_is_told() -> None:
    boards = {name: on("Pi", A, B) for name in ("one", "two", "three")}
    assert {row[0] for row in compare_boards(boards, ["b"]).table.rows} == {"b.tflite:2"}
    with pytest.raises(ResultError, match="0 files are called `c`"):
        compare_boards(boards, ["c"])


def test_a_board_is_called_as_its_folder() -> None:
    assert board_names([Path("m/pi-one/result.json"), Path("m/two.json")]) == ["pi-one", "two"]
    assert board_names([Path("a/pi/result.json"), Path("b/pi/result.json")]) == ["a/pi/result.json", "b/pi/result.json"]
