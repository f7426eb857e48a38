"""What the four programs share on the command line: verbs, help that teaches, one place for errors."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, Protocol

from edge_app.common.errors import FieldLensError, describe_os_error
from edge_app.common.escape_control import escape_control_lines

INTERRUPTED = 130
"""Exit code after Ctrl-C in mid-work, as shells expect: 128 + SIGINT."""


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the layout of descriptions and examples, and shows the default of every option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if any(action.default is nothing for nothing in (None, False, argparse.SUPPRESS)) or not action.option_strings:
            return action.help
        return super()._get_help_string(action)


class HelpfulParser(argparse.ArgumentParser):
    """A parser whose mistakes end like every other bad input: one sentence, exit code 1."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("formatter_class", HelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # argparse's own signature, passed through
        self._implied: argparse.ArgumentParser | None = None
        self._others: Mapping[str, str] = {}

    def imply(self, verb: argparse.ArgumentParser, others: Mapping[str, str]) -> None:
        """Let `--help` without a verb show the help of the implied one, and name the others with a sentence each."""
        self._implied, self._others = verb, others

    def format_help(self) -> str:
        """Return the help text."""
        if self._implied is None:
            return super().format_help()
        lines = [f"  {self.prog} {verb} --help   {sentence}" for verb, sentence in self._others.items()]
        more = "\nother verbs:\n" + "\n".join(lines) + "\n" if lines else ""
        return self._implied.format_help() + more

    def error(self, message: str) -> NoReturn:
        """Print one line and how to get help, then exit with code 1."""
        sys.stderr.write(f"error: {message}; see `{self.prog} --help`\n")
        raise SystemExit(1)


class Verb(Protocol):
    """What a module says of the verb that it is; `run` gets the parsed arguments and returns the exit code."""

    SUMMARY: str
    DESCRIPTION: str
    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add the arguments of this verb."""

    def run(self, arguments: argparse.Namespace, /) -> int:
        """Do the work."""


def parser_of_verbs(prog: str, verbs: Mapping[str, Verb]) -> HelpfulParser:
    """Return the parser of a program.

    Args:
        prog: as in `python -m train`.
        verbs: by name; the first one is implied.
    """
    first, *others = verbs
    parser = HelpfulParser(prog=prog, description=verbs[first].DESCRIPTION, epilog=verbs[first].EXAMPLES)
    choices = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in verbs.items():
        summary = f"{verb.SUMMARY} (implied)" if name == first else verb.SUMMARY
        one = choices.add_parser(name, help=summary, description=verb.DESCRIPTION, epilog=verb.EXAMPLES)
        verb.add_arguments(one)
        if name == first:
            implied = one
    parser.imply(implied, {name: verbs[name].SUMMARY for name in others})
    return parser


def with_implied_verb(arguments: Sequence[str], verbs: Sequence[str]) -> list[str]:
    """Put the first verb in front where the user left it out.

    Args:
        arguments: the words after the program's name.
        verbs: the program's verbs; the first one is implied. A folder named like a verb is written `./fit`.
    """
    words = list(arguments)
    if not words or words[0] in (*verbs, "-h", "--help"):
        return words
    return [verbs[0], *words]


def run_program(body: Callable[[], int], interrupted: int = INTERRUPTED) -> int:
    """Run a program's body; turn every expected fault into one sentence on stderr.

    Args:
        body: does the work and returns the exit code.
        interrupted: the exit code after Ctrl-C: 0 for a program that only ends that way.

    Returns:
        The exit code: 1 after a `FieldLensError` or an error of the operating system.
    """
    signal.signal(signal.SIGTERM, _terminate_like_interrupt)
    try:
        code = body()
        sys.stdout.flush()
        return code
    except FieldLensError as error:
        return _complain(str(error))
    except BrokenPipeError:  # `… | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(describe_os_error(error))
    except KeyboardInterrupt:
        if interrupted:
            sys.stderr.write("\ninterrupted: what was finished before is intact\n")
        return interrupted


def _complain(sentence: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"error: {escape_control_lines(sentence)}\n")  # it may quote a stranger's file
    return 1


def _terminate_like_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
