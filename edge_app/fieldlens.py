"""The console command `fieldlens`: finds the programs that are installed, and the one that a command line means.

It knows them by their entry points alone (group `fieldlens.programs`, see pyproject.toml), so that nothing here imports
what needs more than the edge install.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import cast

from edge_app.common.command_line import MODULES, HelpfulParser, complain, near_match
from edge_app.common.installing import how_to_install
from edge_app.common.opencv_wheel import suitable_extra
from edge_app.common.program import Program

GROUP = "fieldlens.programs"

_DESCRIPTION = """From a folder of photographs to a classifier that runs live on a Raspberry Pi, a laptop, a phone and
in a browser.

programs:"""

_MORE = """start with what comes with it: labels on drawn cats and dogs, without a camera
  fieldlens app --source demo

or with your own photographs, a folder per class:
  fieldlens train photos --convert
  fieldlens app models/photos/photos-int8.tflite

`fieldlens PROGRAM --help` tells more. A verb of only one program needs no program: `fieldlens compress`.

exit codes: 0 done, 1 an error, 2 a command line that cannot be meant, 3 a requirement that is not met (`bench
--require`), 130 stopped with Ctrl-C, 143 ended by SIGTERM"""


def main(argv: Sequence[str] | None = None, found: Iterable[EntryPoint] | None = None) -> int:
    """Run the program that is meant; return its exit code.

    Args:
        argv: the words after `fieldlens`; None: those of the process.
        found: entry points of programs; None: those that are installed.
    """
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    points = {point.name: point for point in (entry_points(group=GROUP) if found is None else found)}
    if words[0] == "--version":
        print(f"fieldlens {_version()}")
        return 0
    if words[0] in ("-h", "--help", "--help-all"):
        print(_overview(points), end="")
        return 0
    name = _name_of(words[0], points)
    try:
        if name is not None:
            return _load(points[name]).main(words[1:], f"fieldlens {name}")
        return _program_of_verb(words[0], points).main(words, "fieldlens")
    except ImportError as error:
        return complain(f"`fieldlens {name or words[0]}` cannot start ({error}); {_install_again()}")


def _name_of(word: str, points: dict[str, EntryPoint]) -> str | None:
    """Return the program that a word names; `edge_app` is `app`."""
    names = {module: name for name, module in MODULES.items()}
    name = names.get(word, word)
    return name if name in points else None


def _program_of_verb(word: str, points: dict[str, EntryPoint]) -> Program:
    """Return the only program that has a verb, or end with a sentence."""
    programs = {name: _load(point) for name, point in points.items()}
    owners = [name for name in _in_order(points) if word in programs[name].verbs]
    if len(owners) != 1:
        HelpfulParser("fieldlens").error(_why_no_program(word, programs, owners))
    return programs[owners[0]]


def _why_no_program(word: str, programs: dict[str, Program], owners: list[str]) -> str:
    if not programs:
        return f"no program is installed; {_install_again()}"
    if owners:
        ways = [f"`fieldlens {name} {word}` ({programs[name].summary_of(word)})" for name in owners]
        return f"several programs have a verb `{word}`; did you mean {' or '.join(ways)}?"
    near = near_match(word, [*programs, *(verb for program in programs.values() for verb in program.verbs)])
    way_out = f"did you mean `fieldlens {near}`?" if near else f"the programs are {', '.join(_in_order(programs))}"
    return f"there is no program or verb `{word}`; {way_out}"


def _overview(points: dict[str, EntryPoint]) -> str:
    """Return the help: what is installed, what it lacks, and how to begin."""
    lines = [_DESCRIPTION]
    for name in _in_order(points):
        try:
            program = _load(points[name])
        except ImportError as error:
            lines.append(f"  {name:<9}cannot start here ({error}); {_install_again()}")
            continue
        lines += [f"  {name:<9}{program.summary}", f"  {'':<9}verbs: {', '.join(program.verbs)}"]
        lacking = program.missing()
        if lacking is not None:
            lines.append(f"  {'':<9}not complete here: {lacking}")
    if not points:
        lines.append(f"  none is installed; {_install_again()}")
    parser = HelpfulParser("fieldlens PROGRAM [VERB]", "\n".join(lines), _MORE)
    parser.add_argument("--version", action="store_true", help="show the version")
    return parser.format_help()


def _in_order(names: Iterable[str]) -> list[str]:
    """From photographs to measurements; programs of others come last."""
    return sorted(names, key=lambda name: ([*MODULES, name].index(name), name))


def _load(point: EntryPoint) -> Program:
    return cast("Program", point.load())


def _install_again() -> str:
    return f"install FieldLens again; {how_to_install(suitable_extra())}"


def _version() -> str:
    try:
        return version("fieldlens")
    except PackageNotFoundError:
        return f"of unknown version; {_install_again()}"
