"""Promises of all command lines: help that teaches, mistakes in one sentence and exit code 2, one place for errors."""

from __future__ import annotations

import errno

import pytest

from edge_app.common.command_line import HelpfulParser, advanced, near_match, run_program, spelled_like
from edge_app.common.errors import DataError, UsageError


def failing(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DataError("`x` is empty; add photographs"), 1, "error: `x` is empty; add photographs\n"),
        (UsageError("--a and --b contradict one another"), 2, "error: --a and --b contradict one another\n"),
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


def parser_of_an_example() -> HelpfulParser:
    parser = HelpfulParser("fieldlens train", "Train.", "examples:\n  fieldlens train photos")
    parser.add_argument("--recipe", choices=("tiny", "mobilenet_v2"), default="tiny", help="what to train")
    parser.add_argument("--rate", type=float, default=0.005, help="of learning, 100%% at most")
    parser.add_argument("--no-window", dest="window", action="store_false", help="open no window")
    parser.add_argument("--out", help="where it goes (default: runs/)")
    advanced(parser.add_argument("--xla", action="store_true", help="compile"))
    machine = advanced(parser.add_argument_group("machine"))
    machine.add_argument("--replicas", type=int, default=0, help="of the network")
    machine.add_mutually_exclusive_group().add_argument("--cpu", action="store_true", help="no GPU")
    return parser


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--nonsense"], "there is no option --nonsense; see `fieldlens train --help`"),
        (["--recip", "tiny"], "there is no option --recip; did you mean --recipe? see `fieldlens train --help`"),
        (["--recip=tiny"], "there is no option --recip; did you mean --recipe? see `fieldlens train --help`"),
        (
            ["--recipe", "mobilnet_v2"],
            "argument --recipe: `mobilnet_v2` is none of tiny, mobilenet_v2; did you mean mobilenet_v2? "
            "see `fieldlens train --help`",
        ),
        (["--recipe", "x"], "argument --recipe: `x` is none of tiny, mobilenet_v2; see `fieldlens train --help`"),
        (["photos"], "unrecognized arguments: photos; see `fieldlens train --help`"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_near_match_and_ends_with_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parser_of_an_example().parse_args(words)
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_a_value_that_looks_like_an_option_is_a_value() -> None:
    parser = HelpfulParser("x")
    parser.add_argument("--options")
    parser.add_argument("rest", nargs="*")
    assert parser.parse_args(["--options=--views 12"]).options == "--views 12"
    assert parser.parse_args(["--", "--file"]).rest == ["--file"]


def test_an_option_that_was_renamed_says_how_it_is_called_now(capsys: pytest.CaptureFixture[str]) -> None:
    parser = parser_of_an_example()
    parser.say_moved(old_rate="--rate")
    with pytest.raises(SystemExit):
        parser.parse_args(["--old-rate", "1"])
    assert "--old-rate is called --rate now" in capsys.readouterr().err


def test_help_leaves_advanced_options_out_and_says_where_they_are() -> None:
    parser = parser_of_an_example()
    short, whole = parser.format_help(), parser.format_help(everything=True)
    for option in ("--xla", "--replicas", "--cpu", "machine:"):
        assert option not in short
        assert option in whole
    assert "--recipe" in short
    assert short.endswith("examples:\n  fieldlens train photos\n\n3 more options: fieldlens train --help-all\n")
    assert parser.parse_args(["--xla", "--replicas", "2"]).replicas == 2


def test_help_all_prints_everything_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parser_of_an_example().parse_args(["--help-all"])
    assert exit_info.value.code == 0
    assert "--replicas" in capsys.readouterr().out


def test_help_without_advanced_options_does_not_speak_of_more() -> None:
    assert "--help-all" not in HelpfulParser("x", "Do.").format_help()


def test_a_default_is_said_once_and_not_of_a_switch() -> None:
    text = " ".join(parser_of_an_example().format_help().split())
    assert "what to train (default: tiny)" in text
    assert "of learning, 100% at most (default: 0.005)" in text
    assert "open no window --out" in text
    assert text.count("(default: runs/)") == 1


@pytest.mark.parametrize("columns", ["80", "120", "300"])
def test_paragraphs_are_filled_and_lists_keep_their_lines(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    paragraph = "word " * 40
    listed = f"  name     {'text ' * 30}"
    text = HelpfulParser("x", f"{paragraph}\n{paragraph}\n\nlist:\n{listed}\n  fieldlens {'w ' * 90}").format_help()
    lines = text.splitlines()
    commands = [line for line in lines if line.startswith("  fieldlens")]
    assert len(commands) == 1
    assert max(len(line) for line in lines if line not in commands) <= min(int(columns), 120) - 2
    assert "list:" in lines
    assert any(line.startswith(" " * 11 + "text") for line in lines)


def test_names_of_options_and_commands_survive_the_filling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for gap in range(1, 60):
        parser = HelpfulParser("python -m train", f"{'x' * gap} one `fieldlens\nconvert` two --a-long-name three.")
        advanced(parser.add_argument("--option", help=f"{'x' * gap} --another-name-with-hyphens"))
        text = parser.format_help(everything=True)
        assert "`python -m convert`" in " ".join(text.split())
        assert "--a-long-name" in text
        assert "--another-name-with-hyphens" in text
    assert "1 more option: python -m train --help-all" in parser.format_help()


def test_commands_are_spelled_as_the_program_was_called() -> None:
    text = "fieldlens train photos; fieldlens bench; fieldlens app; fieldlens trainer"
    assert spelled_like("fieldlens train", text) == text
    assert (
        spelled_like("python -m train", text)
        == "python -m train photos; python -m benchmarks; python -m edge_app; fieldlens trainer"
    )


@pytest.mark.parametrize(("word", "expected"), [("runn", "run"), ("comprss", "compress"), ("photos", None)])
def test_only_near_words_match(word: str, expected: str | None) -> None:
    assert near_match(word, ("run", "compress", "fit")) == expected
