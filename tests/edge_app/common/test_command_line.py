"""One place for verbs and errors."""

from __future__ import annotations

import errno

import pytest

from edge_app.common.command_line import HelpfulParser, run_program, with_implied_verb
from edge_app.common.errors import DataError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["photos"], ["fit", "photos"]),
        (["fit", "photos"], ["fit", "photos"]),
        (["./fit"], ["fit", "./fit"]),
        (["--help"], ["--help"]),
    ],
)
def test_the_first_verb_is_implied(given: list[str], expected: list[str]) -> None:
    assert with_implied_verb(given, ("fit", "augment")) == expected


def failing(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DataError("`x` is empty; add photographs"), 1, "error: `x` is empty; add photographs\n"),
        (OSError(errno.ENOSPC, "No space"), 1, "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "the system refused `/x`: permission denied"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_expected_faults_are_one_sentence(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, text: str
) -> None:
    assert run_program(lambda: failing(error)) == code
    assert text in capsys.readouterr().err


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_program(lambda: failing(ZeroDivisionError()))


def test_a_wrong_option_ends_with_code_1_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        HelpfulParser(prog="train").parse_args(["--nonsense"])
    assert exit_info.value.code == 1
    assert capsys.readouterr().err == "error: unrecognized arguments: --nonsense; see `train --help`\n"


def test_help_without_a_verb_is_that_of_the_implied_one_and_names_the_others() -> None:
    from edge_app.__main__ import build_parser

    text = build_parser().format_help()
    assert "--source" in text
    assert "python -m edge_app cameras --help   list the cameras of this machine" in text
