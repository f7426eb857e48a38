"""Promises of all command lines together: true defaults, said once; an option means the same wherever it is."""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

import benchmarks.__main__
import convert.__main__
import edge_app.__main__
import train.__main__
from edge_app.common.command_line import HelpfulParser
from edge_app.common.program import Program

PROGRAMS = (edge_app.__main__.PROGRAM, train.__main__.PROGRAM, convert.__main__.PROGRAM, benchmarks.__main__.PROGRAM)

# An option that several verbs have means the same in all of them. Where its help differs, this is what they all mean.
SAME_MEANING = {
    "--minutes": "how long it may go on",
    "--photographs": "how many photographs are asked about",
    "--address": "the IP address of this machine that is listened on",
    "--all-photos": "also photographs that the model may have been trained on",
    "--draws": "draws of photographs to learn from",
    "--dry-run": "say what would be done and how long it would take, and do nothing",
    "--epochs": "passes over the training photographs",
    "--frames": "how many frames",
    "--half": "which half of the photographs of another source",
    "--hub": "a TF Hub feature vector",
    "--image-size": "width and height of the network's input, pixels",
    "--labels": "one label per line",
    "--learning-rate": "of training",
    "--loads": "page loads",
    "--neither": "pictures of anything else",
    "--node-modules": "what npm installed",
    "--noise": "limit of a change, in levels",
    "--out": "where what is made goes",
    "--overwrite": "replace what is at --out",
    "--parity-photographs": "photographs to compare on, at most",
    "--model": "a .tflite file: judged, or made",
    "--photos": "photographs",
    "--recipes": "of the conversion, separated by commas",
    "--resize": "how a picture is fitted to the network's input",
    "--resume": "continue what was interrupted",
    "--rotate": "clockwise or to either side, in degrees",
    "--rounds": "repetitions, whose spread is the uncertainty",
    "--run": "a run folder",
    "--source": "where frames come from, on the machine that runs the app",
    "--source-name": "name of the source of the photographs",
    "--runs": "timed runs of a model",
    "--seconds": "how long a measurement takes",
    "--seed": "of all random choices",
    "--seeds": "repetitions, with a seed each",
    "--teacher": "a finished run to learn from",
    "--threads": "CPU threads",
    "--warm-up": "how much is run before the time counts",
    "--width": "of a MobileNetV2",
    "--web": "serve a page with the live picture",
    "--weights": "of a pretrained backbone",
}

# Where even the form of the value differs, and why.
OTHER_FORM = {
    "--model": "a file that is read is a MODEL, one that is written a FILE",
    "--out": "a folder or a file, as its name in the help says",
    "--threads": "`bench run` tries several numbers of threads",
    "--resize": "training chooses among what it can train, the doctor asks for what somebody's code does",
    "--rotate": "frames of a camera are rotated by quarter turns, training photographs by any angle up to a limit",
}


def verbs_of(program: Program) -> Iterator[tuple[str, HelpfulParser]]:
    for name in program.verbs:
        inner = program.group(name)
        if inner is not None:
            yield from verbs_of(inner)
        else:
            yield f"{program.prog} {name}", program.parser(name)


PARSERS = {name: parser for program in PROGRAMS for name, parser in verbs_of(program)}


def options_of(parser: HelpfulParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.option_strings and action.dest != argparse.SUPPRESS]


def wrapped_once(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", PARSERS)
def test_a_default_is_said_once_and_is_the_one_that_counts(name: str) -> None:
    parser = PARSERS[name]
    for action in options_of(parser):
        told = wrapped_once(parser._get_formatter()._expand_help(action))
        assert told.count("(default: ") <= 1, f"{action.option_strings} says its default twice: {told}"
        assert told.count("default:") == told.count("(default: "), told
        if action.nargs == 0:
            assert "(default: " not in told, f"{action.option_strings} is a switch: {told}"
        typed = re.search(r"\(default: (.*?)\)", action.help or "")
        assert typed is None or action.default is None, f"{action.option_strings} types its default out: {told}"


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("columns", ["80", "120"])
def test_help_fits_the_terminal_but_for_commands_to_paste(
    name: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for line in PARSERS[name].format_help(everything=True).splitlines():
        command = line.startswith(("  python -m ", "      --"))
        assert command or len(line) <= int(columns), line


@pytest.mark.parametrize("name", PARSERS)
def test_every_option_is_explained_and_every_verb_shows_a_command(name: str) -> None:
    parser = PARSERS[name]
    assert all(action.help for action in parser._actions)
    assert f"  {name.replace(' run', '').replace(' fit', '')}" in parser.format_help()
    assert len([action for action in options_of(parser) if action.help]) > 0 or name.endswith(" cameras")


def test_every_verb_is_what_a_verb_must_be() -> None:
    for program in PROGRAMS:
        for name in program.verbs:
            if program.group(name) is None:
                verb = program.verb(name)
                assert verb.SUMMARY[0].islower()
                assert not verb.SUMMARY.endswith(".")
                assert "examples:\n  fieldlens " in verb.EXAMPLES
                assert callable(verb.run)


def shared_options() -> dict[str, list[tuple[str, argparse.Action]]]:
    found = defaultdict(list)
    for name, parser in PARSERS.items():
        for action in options_of(parser):
            for option in action.option_strings:
                found[option].append((name, action))
    return {option: uses for option, uses in found.items() if len(uses) > 1}


def explained(action: argparse.Action) -> str:
    """What its help says, but for the default."""
    return re.sub(r" \(default: .*\)$", "", action.help or "")


def form_of(action: argparse.Action) -> tuple[object, ...]:
    kind = action.type if action.type in (None, str) else getattr(action.type, "__name__", action.type)
    number = (
        kind
        if kind in ("float", "Path")
        else "int"
        if kind in ("int", "seed_number", "positive", "_positive")
        else kind
    )
    return action.metavar, str if number is None else number, action.nargs, tuple(map(str, action.choices or ()))


@pytest.mark.parametrize(("option", "uses"), shared_options().items())
def test_the_same_option_means_the_same_in_all_verbs(option: str, uses: list[tuple[str, argparse.Action]]) -> None:
    if len({explained(action) for _, action in uses}) > 1:
        assert option in SAME_MEANING, f"{option} is explained differently by {[name for name, _ in uses]}"
    if option not in OTHER_FORM:
        forms = {name: form_of(action) for name, action in uses}
        assert len(set(forms.values())) == 1, f"{option} takes different values: {forms}"


def test_the_lists_of_exceptions_name_nothing_that_is_gone() -> None:
    shared = shared_options()
    explanations = {option: {explained(action) for _, action in uses} for option, uses in shared.items()}
    forms = {option: {form_of(action) for _, action in uses} for option, uses in shared.items()}
    assert [option for option in SAME_MEANING if len(explanations.get(option, ())) < 2] == []
    assert [option for option in OTHER_FORM if len(forms.get(option, ())) < 2] == []


@pytest.mark.parametrize(
    ("program", "most"),
    [(edge_app.__main__, 17), (train.__main__, 16), (convert.__main__, 10), (benchmarks.__main__, 13)],
)
def test_the_first_help_is_short(program: object, most: int) -> None:
    text = program.PROGRAM.parser_of_all().format_help()  # type: ignore[attr-defined]
    options = re.findall(r"^  (?:-\w, )?--[\w-]+", text, re.MULTILINE)
    assert len(options) <= most
    assert re.search(r"^\d+ more options: python -m \w+ --help-all$", text, re.MULTILINE)
