"""Promises of a program: the verb that is meant is found, no path is taken for a misspelt one, help names them all."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

import pytest

from edge_app.common.command_line import HelpfulParser
from edge_app.common.program import Program


def made_verb(name: str) -> ModuleType:
    verb = ModuleType(f"made_room.{name}")

    def add_arguments(parser: HelpfulParser) -> None:
        parser.add_argument("words", nargs="*")
        parser.add_argument("--speed", type=int, default=1, help="how fast")

    def run(arguments: argparse.Namespace) -> int:
        print(name, *arguments.words)
        return 7

    vars(verb).update(
        SUMMARY=f"do what {name} does",
        DESCRIPTION=f"Do {name}.",
        EXAMPLES="examples:\n  fieldlens train x",
        add_arguments=add_arguments,
        run=run,
    )
    return verb


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    monkeypatch.chdir(tmp_path)
    for name in ("fit", "augment", "one_more"):
        monkeypatch.setitem(sys.modules, f"made_room.{name}", made_verb(name))
    inner = ModuleType("made_room.experiment")
    group = Program("python -m train experiment", "experiments", "made_room", ("augment",), description="Try things.")
    vars(inner)["PROGRAM"] = group
    monkeypatch.setitem(sys.modules, "made_room.experiment", inner)
    return Program(
        "python -m train",
        "train",
        "made_room",
        ("fit", "augment", "one-more", "experiment"),
        implies="fit",
        meant={"train": "fit", "webcam": "--speed 9"},
        moved={"live": "fieldlens train experiment live"},
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["photos"], "fit photos"),
        (["fit", "photos"], "fit photos"),
        (["fit"], "fit"),
        (["./fit"], "fit ./fit"),
        (["--speed", "2"], "fit"),
        (["augment", "a"], "augment a"),
        (["one-more"], "one_more"),
        (["experiment", "augment", "b"], "augment b"),
    ],
)
def test_the_first_verb_is_implied_and_the_others_are_found(
    program: Program, given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(given) == 7
    assert capsys.readouterr().out == f"{told}\n"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("augmnt", "`augmnt` is neither a verb nor a file; did you mean `python -m train augment`?"),
        ("trian", "`trian` is neither a verb nor a file; did you mean `python -m train fit`?"),
        ("webcam", "`webcam` is neither a verb nor a file; did you mean `python -m train --speed 9`?"),
        ("live", "`live` is called `python -m train experiment live` now;"),
    ],
)
def test_a_word_near_a_verb_is_asked_about_unless_it_is_a_path(
    program: Program, word: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        program.main([word])
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == f"error: {told} see `python -m train --help`\n"
    (tmp_path / word).mkdir()
    assert program.main([word]) == 7
    assert capsys.readouterr().out == f"fit {word}\n"


def test_a_word_near_nothing_is_left_to_the_implied_verb(program: Program) -> None:
    assert program.main(["holiday"]) == 7


def test_without_a_word_the_help_is_shown_or_the_implied_verb_runs(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        program.main([])
    assert exit_info.value.code == 0
    assert "Do fit." in capsys.readouterr().out
    app = Program("python -m edge_app", "", "made_room", ("fit",), implies="fit", alone=True)
    assert app.main([]) == 7


def test_help_without_a_verb_is_that_of_the_implied_one_and_names_the_others(program: Program) -> None:
    text = program.parser_of_all().format_help()
    assert text.startswith("usage: python -m train [options]")
    assert "--speed" in text
    assert "other verbs (`python -m train VERB --help` tells more):\n  augment     do what augment does\n" in text
    assert "  experiment  experiments\n" in text


def test_help_is_spelled_as_the_program_was_called(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    for prog in ("python -m train", "fieldlens train"):
        for words, usage in (([], prog), (["augment"], f"{prog} augment"), (["fit"], f"{prog} fit")):
            with pytest.raises(SystemExit):
                program.main([*words, "--help"], prog)
            told = capsys.readouterr().out
            assert told.startswith(f"usage: {usage} [options]")
            assert f"  {prog} x\n" in told


def test_a_group_names_its_verbs_and_says_which_one_is_near(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        program.main(["experiment"])
    assert exit_info.value.code == 0
    assert "names:\n  augment  do what augment does\n" in capsys.readouterr().out
    for word, told in (
        ("augmen", "`augmen` is none of its names; did you mean `python -m train experiment augment`?"),
        ("zzz", "`zzz` is none of its names;"),
        ("--speed", "there is no option --speed here;"),
    ):
        with pytest.raises(SystemExit) as exit_info:
            program.main(["experiment", word])
        assert exit_info.value.code == 2
        assert told in capsys.readouterr().err


def test_what_is_missing_is_said_without_importing_it() -> None:
    assert Program("x", "", "y", (), needs=("json",), extra="train").missing() is None
    lacking = Program("x", "", "y", (), needs=("json", "no_such_package"), extra="train")
    assert lacking.missing() == "`no_such_package` is not installed; run: pip install -e '.[train]'"
