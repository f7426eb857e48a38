"""Text of strangers is shown, not obeyed, wherever it goes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.command_line import run_program
from edge_app.common.errors import ModelFileError
from edge_app.common.notices import escape_control, escape_control_lines, note


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("cat", "cat"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\u202egod", "\\u202egod"),
        ("\x9b2J", "\\x9b2J"),
        ("猫", "猫"),
        ("क्\u200dष", "क्\u200dष"),  # a joiner is spelling
    ],
)
def test_control_characters_are_shown_and_not_obeyed(label: str, shown: str) -> None:
    assert escape_control(label) == shown


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_no_control_character_gets_through(text: str) -> None:
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in escape_control(text))


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_lines_stay_lines(text: str) -> None:
    assert escape_control_lines(text).split("\n") == [escape_control(line) for line in text.split("\n")]


def test_an_error_that_quotes_a_file_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise ModelFileError("unknown operator \x1b]0;title\x07")

    assert run_program(fail) == 1
    assert capsys.readouterr().err == "error: unknown operator \\x1b]0;title\\x07\n"


def test_a_notice_cannot_either(capsys: pytest.CaptureFixture[str]) -> None:
    note("skipped:\n  \x1b[2Jcat.jpg")
    assert capsys.readouterr().err == "skipped:\n  \\x1b[2Jcat.jpg\n"
