"""A program of several verbs: which verb a command line means, its help, and what to say of a word that is none.

The module of a verb is imported when it is asked for, so that no verb slows down the start of another one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from edge_app.common.command_line import INTERRUPTED, HelpfulParser, near_match, run_program, spelled_like
from edge_app.common.installing import not_installed
from edge_app.common.trust import trusting

_WORD = re.compile(r"[A-Za-z_-]+")  # with a slash or a dot in it, it was meant to be a path
_HELP = ("-h", "--help", "--help-all")


class Verb(Protocol):
    """What a module says of the verb that it is; `run` gets the parsed arguments and returns the exit code."""

    SUMMARY: str
    DESCRIPTION: str
    EXAMPLES: str

    def add_arguments(self, parser: HelpfulParser, /) -> None:
        """Add the arguments of this verb."""

    def run(self, arguments: argparse.Namespace, /) -> int:
        """Do the work."""


@dataclass(frozen=True)
class Program:
    """A program, or a group of verbs in one: `python -m benchmarks`, and its `experiment`.

    Attributes:
        prog: as it is called without the console command: `python -m train`.
        summary: what it does, in a line.
        room: the package of its verbs, a module each, such as `train.verbs`.
        verbs: their names. A package among them that holds a `PROGRAM` is a group of more.
        implies: the verb that may be left out; "": none.
        alone: whether that verb runs where no word is given at all, instead of the help.
        meant: words that people try, and the words that do what they mean: `webcam` is `--source 0`.
        moved: verbs that are called otherwise now, and how.
        needs: packages without which it does nothing useful, beside those of every install.
        extra: what to install for them: `train`, as in `.[train]`.
        interrupted: exit code after Ctrl-C: 0 for a program that only ends that way.
        description: of a group that implies no verb.
        scratch: whether it gets a temporary folder of its own, since it makes large or many temporary files.
    """

    prog: str
    summary: str
    room: str
    verbs: tuple[str, ...]
    implies: str = ""
    alone: bool = False
    meant: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    extra: str = ""
    interrupted: int = INTERRUPTED
    description: str = ""
    scratch: bool = False

    def main(self, argv: Sequence[str] | None = None, prog: str | None = None) -> int:
        """Run the program; return its exit code.

        Args:
            argv: the words after its name; None: those of the process.
            prog: as the user called it, for help and errors.
        """
        words = sys.argv[1:] if argv is None else argv

        def body() -> int:
            verb, arguments = self.parse(words, prog)
            with trusting(getattr(arguments, "trust", False)), self._scratch():
                return verb.run(arguments)

        return run_program(body, self.interrupted)

    def _scratch(self) -> AbstractContextManager[object]:
        if not self.scratch:
            return nullcontext()
        from edge_app.common.scratch_folders import scratch_folder  # the app starts without it

        return scratch_folder()

    def parse(self, words: Sequence[str], prog: str | None = None) -> tuple[Verb, argparse.Namespace]:
        """Return the verb that is meant, and its arguments. Help and mistakes end the process."""
        prog = prog or self.prog
        words = list(words) or [self.implies if self.alone else "--help"]
        if words[0] in self.verbs:
            name, *rest = words
            inner = self.group(name)
            if inner is not None:
                return inner.parse(rest, f"{prog} {name}")
            return self.verb(name), self.parser(name, f"{prog} {name}").parse_args(rest)
        if words[0] not in _HELP:
            self._refuse_what_is_no_verb(words[0], prog)
        arguments = self.parser_of_all(prog).parse_args(words)
        return self.verb(self.implies), arguments

    def verb(self, name: str) -> Verb:
        """Return the module of a verb."""
        return cast("Verb", self._module(name))

    def group(self, name: str) -> Program | None:
        """Return the group of more verbs that a name stands for; None: it is a verb."""
        found = getattr(self._module(name), "PROGRAM", None)
        return found if isinstance(found, Program) else None

    def _module(self, name: str) -> object:
        return import_module(f"{self.room}.{name.replace('-', '_')}")

    def parser(self, name: str, prog: str | None = None) -> HelpfulParser:
        """Return the parser of a verb.

        Args:
            name: of the verb.
            prog: how it was called, the verb included.
        """
        verb = self.verb(name)
        parser = HelpfulParser(prog or f"{self.prog} {name}", verb.DESCRIPTION, verb.EXAMPLES)
        verb.add_arguments(parser)
        return parser

    def parser_of_all(self, prog: str | None = None) -> HelpfulParser:
        """Return the parser of the implied verb, whose help names the other verbs too."""
        prog = prog or self.prog
        others = [name for name in self.verbs if name != self.implies]
        width = max(map(len, others)) if others else 0
        lines = [f"  {name:<{width}}  {self.summary_of(name)}" for name in others]
        if not self.implies:
            return HelpfulParser(f"{prog} NAME", self.description, "\n".join(["names:", *lines]))
        parser = self.parser(self.implies, prog)
        title = f"other verbs (`{prog} VERB --help` tells more):"
        parser.epilog = "\n".join([parser.epilog or "", *(["", title, *lines] if others else [])])
        return parser

    def summary_of(self, name: str) -> str:
        """Return what a verb does, in a line."""
        inner = self.group(name)
        return self.verb(name).SUMMARY if inner is None else inner.summary

    def missing(self) -> str | None:
        """Say what is not installed for the program to do its work, without importing it; None: nothing."""
        absent = [package for package in self.needs if find_spec(package) is None]
        return not_installed(absent[0], self.extra) if absent else None

    def _refuse_what_is_no_verb(self, word: str, prog: str) -> None:
        """End with a sentence where a word is near a verb; a path that exists is never taken for a misspelt verb."""
        told = HelpfulParser(prog)
        if word.startswith("-"):
            if self.implies:
                return
            told.error(f"there is no option {word} here")
        if self.implies and Path(word).exists():
            return
        if word in self.moved:
            told.error(f"`{word}` is called `{spelled_like(prog, self.moved[word])}` now")
        meant = {**{verb: verb for verb in self.verbs}, **self.meant}
        near = near_match(word, meant) if _WORD.fullmatch(word) else None
        is_none = f"`{word}` is neither a verb nor a file" if self.implies else f"`{word}` is none of its names"
        if near is not None:
            told.error(f"{is_none}; did you mean `{prog} {meant[near]}`?")
        if not self.implies:
            told.error(is_none)
