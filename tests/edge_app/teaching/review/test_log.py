"""Promises of the log: what was said is on the disk at once, is read after a kill, and says who said it and when."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from edge_app.common.errors import OutputError
from edge_app.teaching.review.log import LOG_NAME, Decision, Move, ReviewLog

ONE = Decision("class", "phone", {"cup/1.jpg": "1" * 64})
TWO = Decision("delete", "", {"cup/1.jpg": "1" * 64, "cup/2.jpg": "2" * 64})


def test_another_program_reads_what_was_said_without_the_first_one_ending(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path, "anna")
    log.decide(ONE)
    log.decide(TWO)
    assert ReviewLog(tmp_path, "ben").said.current() == {"cup/1.jpg": TWO, "cup/2.jpg": TWO}
    first = json.loads((tmp_path / LOG_NAME).read_text().splitlines()[0])
    assert (first["by"], first["say"], first["folder"]) == ("anna", "class", "phone")
    assert datetime.fromisoformat(first["time"]).tzinfo is not None


def test_undo_works_after_a_restart_and_brings_the_decision_before_it_back(tmp_path: Path) -> None:
    ReviewLog(tmp_path, "anna").decide(ONE)
    ReviewLog(tmp_path, "anna").decide(TWO)
    again = ReviewLog(tmp_path, "anna")
    assert again.undo() == TWO
    assert again.said.current() == {"cup/1.jpg": ONE}
    again = ReviewLog(tmp_path, "anna")
    assert again.undo() == ONE
    assert again.undo() is None
    assert ReviewLog(tmp_path, "anna").said.current() == {}


def test_half_a_line_of_a_power_cut_is_counted_and_the_next_line_is_whole(tmp_path: Path) -> None:
    ReviewLog(tmp_path, "anna").decide(ONE)
    with (tmp_path / LOG_NAME).open("a") as file:
        file.write('{"time": "2026')
    log = ReviewLog(tmp_path, "anna")
    log.decide(TWO)
    again = ReviewLog(tmp_path, "anna").said
    assert again.unreadable == 1
    assert again.current()["cup/2.jpg"] == TWO


@pytest.mark.parametrize(
    "line", ["[]", "7", '{"say": "buy"}', '{"say": "class", "files": {"a": "b"}}', "\x00", "[" * 9999]
)
def test_lines_of_others_say_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / LOG_NAME).write_text(f"{line}\n")
    said = ReviewLog(tmp_path, "anna").said
    assert said.unreadable == 1
    assert said.current() == {}


def test_after_it_was_applied_nothing_can_be_undone_and_the_frames_are_checked_where_they_are_now(
    tmp_path: Path,
) -> None:
    log = ReviewLog(tmp_path, "anna")
    log.decide(ONE)
    log.decide(Decision("right", "", {"cup/3.jpg": "3" * 64}))
    moves = [Move("cup/1.jpg", "phone/1.jpg", "1" * 64)]
    log.begin(moves)
    assert ReviewLog(tmp_path, "anna").said.unfinished == tuple(moves)
    log.end(moves)
    said = ReviewLog(tmp_path, "anna").said
    assert (said.unfinished, said.decisions) == (None, [])
    assert said.checked == {"phone/1.jpg": "1" * 64, "cup/3.jpg": "3" * 64}
    assert said.first_paths == {"phone/1.jpg": "cup/1.jpg"}
    assert log.undo() is None


def test_a_link_in_the_place_of_the_log_is_not_written_through(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("precious")
    log = ReviewLog(tmp_path, "anna")
    (tmp_path / LOG_NAME).symlink_to(secret)
    with pytest.raises(OutputError):
        log.decide(ONE)
    with pytest.raises(OutputError, match="is a link"):
        ReviewLog(tmp_path, "anna")
    assert secret.read_text() == "precious"


@pytest.mark.parametrize(("say", "folder"), [("right", "cup"), ("class", ""), ("move", "cup")])
def test_what_cannot_be_said_is_no_decision(say: str, folder: str) -> None:
    with pytest.raises(ValueError, match="cannot be said"):
        Decision(say, folder)  # type: ignore[arg-type]  # the point of the test
