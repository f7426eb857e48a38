"""What every command line of ours shares: help that teaches, mistakes told in one sentence, one place for errors.

Exit codes: 0, 1 for a fault that is told in a sentence, 2 for a command line that cannot be meant, 3 for a requirement
(`bench run --require`) that is not met, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NoReturn, TypeVar

from edge_app.common.errors import FieldLensError, HungModelError, UsageError, describe_os_error
from edge_app.common.notices import escape_control_lines

INTERRUPTED = 130
"""Exit code after Ctrl-C in mid-work, as shells expect: 128 + SIGINT."""

TERMINATED = 143
"""Exit code after SIGTERM in mid-work: 128 + SIGTERM."""

USAGE = 2
"""Exit code of a command line that cannot be meant, as argparse and the shells have it."""

MODULES = {"train": "train", "convert": "convert", "app": "edge_app", "bench": "benchmarks"}
"""`fieldlens app` and `python -m edge_app` are the same program. Texts say the first; help is told as it was called."""

_SPELLING = re.compile(rf"\bfieldlens ({'|'.join(MODULES)})\b")
_LISTED = re.compile(r"( +\S+ {2,})(\S.*)")
_WIDEST = 120  # columns; longer lines are hard to read
_NEAR = 0.7  # difflib's ratio from which a word is taken for a misspelt other one: `trian`, `runn`, `comprss`

Hidden = TypeVar("Hidden", argparse.Action, argparse._ArgumentGroup)


def advanced(thing: Hidden) -> Hidden:
    """Leave an option, or a whole group of options, out of `--help`; `--help-all` shows it.

    The last line of `--help` then says how many options it left out. Use it on what `add_argument` and
    `add_argument_group` return::

        advanced(parser.add_argument("--xla", action="store_true", help="compile every training step"))
        machine = advanced(parser.add_argument_group("machine"))
        machine.add_argument("--replicas", ...)  # hidden with its group
    """
    vars(thing)["advanced"] = True
    return thing


def is_advanced(action: argparse.Action) -> bool:
    """Whether `--help` leaves the option out."""
    return any(getattr(thing, "advanced", False) for thing in (action, getattr(action, "container", None)))


def near_match(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelt one was most likely meant to be; None: none is near."""
    from difflib import get_close_matches  # only a mistake pays for the import

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=_NEAR)), None)


class HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs, keeps examples and lists as they are, and says every default once."""

    def __init__(self, prog: str) -> None:
        columns = min(shutil.get_terminal_size().columns, _WIDEST)
        super().__init__(prog, max_help_position=26, width=columns - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        blocks: list[str] = []
        for listed, lines in groupby(text.splitlines(), key=lambda line: line[:1] in ("", " ")):
            if listed:
                blocks += [_hanging(spelled_like(self._prog, line), width) for line in lines]
            else:
                paragraph = spelled_like(self._prog, " ".join(lines))
                blocks.append(textwrap.fill(paragraph, width, break_on_hyphens=False))
        return "\n".join(indent + block for block in blocks)

    def _split_lines(self, text: str, width: int) -> list[str]:
        words = " ".join(spelled_like(self._prog, text).split())
        return textwrap.wrap(words, width, break_on_hyphens=False)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        nothing = action.default is None or action.default is argparse.SUPPRESS
        if nothing or action.nargs == 0 or not action.option_strings:
            return action.help
        default = f"{action.default:g}" if isinstance(action.default, float) else str(action.default)
        return f"{action.help} (default: {default.replace('%', '%%')})"


def _hanging(line: str, width: int) -> str:
    """Return `  name   text` with its text in a column of its own where it is too long; other lines as they are."""
    listed = _LISTED.fullmatch(line)
    if listed is None or len(line) <= width:
        return line
    return textwrap.fill(
        listed[2],
        width,
        initial_indent=listed[1],
        subsequent_indent=" " * len(listed[1]),
        break_on_hyphens=False,  # `Dogs-vs-Cats` and `--option-names` stay whole
    )


class HelpfulParser(argparse.ArgumentParser):
    """A parser whose mistakes end like every other bad input: one sentence and the way out; the exit code is 2.

    `--help` shows the options that most people need, `--help-all` those marked `advanced` too.
    """

    def __init__(self, prog: str | None = None, description: str | None = None, epilog: str | None = None) -> None:
        super().__init__(
            prog,
            description=description,
            epilog=epilog,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self._moved: dict[str, str] = {}
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="show this help")
        self.add_argument("--help-all", action=_HelpAll, help="show all options")

    def say_moved(self, **moved: str) -> None:
        """Name the new spelling of options that had another one: `say_moved(crop="--cut")` for `--crop`."""
        self._moved.update({f"--{old.replace('_', '-')}": new for old, new in moved.items()})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse unknown options before anything else: what else is wrong often follows from them."""
        words = list(sys.argv[1:] if args is None else args)
        self._refuse_unknown_options(words)
        return super().parse_known_args(words, namespace)

    def _refuse_unknown_options(self, words: Sequence[str]) -> None:
        for word in words:
            if word == "--":
                return
            name = word.split("=", 1)[0]
            if not word.startswith("--") or " " in name or name in self._option_string_actions:
                continue
            if name in self._moved:
                self.error(f"{name} is called {self._moved[name]} now")
            near = near_match(name, self._option_string_actions)
            self.error(f"there is no option {name}" + (f"; did you mean {near}?" if near else ""))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        near = near_match(str(value), choices)
        meant = f"; did you mean {near}?" if near else ""
        raise argparse.ArgumentError(action, f"`{value}` is none of {', '.join(choices)}{meant}")

    def format_help(self, everything: bool = False) -> str:
        """Return the help text, with or without advanced options."""
        hidden = [action for action in self._actions if is_advanced(action) and not everything]

        def shown(actions: Iterable[argparse.Action]) -> list[argparse.Action]:
            unneeded = () if hidden else ("--help-all",)
            return [one for one in actions if one not in hidden and not {*unneeded} & {*one.option_strings}]

        formatter = HelpFormatter(f"{self.prog} [options]")
        formatter.add_usage(None, [one for one in self._actions if one.required or not one.option_strings], [])
        formatter.add_text(self.description)
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(shown(group._group_actions))
            formatter.end_section()
        formatter.add_text(self.epilog)
        if hidden:
            options = "option" if len(hidden) == 1 else "options"
            formatter.add_text(f"{len(hidden)} more {options}: {self.prog} --help-all")
        return formatter.format_help()

    def error(self, message: str) -> NoReturn:
        """Print one line and how to get help, then exit with code 2."""
        end = message if message.endswith("?") else f"{message};"
        sys.stderr.write(f"error: {end} see `{self.prog} --help`\n")
        raise SystemExit(USAGE)


class _HelpAll(argparse.Action):
    """`--help-all`."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_parsed: object) -> None:
        assert isinstance(parser, HelpfulParser)
        print(parser.format_help(everything=True), end="")
        parser.exit()


def spelled_like(prog: str, text: str) -> str:
    """Return a text whose commands are spelled as the program was called: `fieldlens train` or `python -m train`."""
    if prog.startswith("fieldlens"):
        return text
    return _SPELLING.sub(lambda match: f"python -m {MODULES[match[1]]}", text)


def run_program(body: Callable[[], int], interrupted: int = INTERRUPTED) -> int:
    """Run a program's body; turn every expected fault into one sentence on stderr.

    Args:
        body: does the work and returns the exit code.
        interrupted: the exit code after Ctrl-C: 0 for a program that only ends that way.

    Returns:
        The exit code: 2 after a `UsageError`, 1 after another `FieldLensError`, an error of the operating system, or a
        cv2 that cannot be loaded.
    """
    signal.signal(signal.SIGTERM, _terminate_like_interrupt)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # see `edge_app/__init__.py`
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names that are not UTF-8; a terminal without it
    try:
        code = body()
        sys.stdout.flush()
        return code
    except UsageError as error:
        return complain(str(error), USAGE)
    except HungModelError as error:
        complain(str(error))
        sys.stderr.flush()
        os._exit(1)  # the runtime still computes in a thread, and would be torn down under it
    except FieldLensError as error:
        return complain(str(error))
    except ImportError as error:
        from edge_app.common.opencv_wheel import why_cv2_fails  # only a fault pays for the import

        sentence = why_cv2_fails(error)
        if sentence is None:
            raise
        return complain(sentence)
    except BrokenPipeError:  # `… | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return complain(describe_os_error(error))
    except Terminated:
        sys.stderr.write("\nended by SIGTERM: what was finished before is intact\n")
        return interrupted and TERMINATED
    except KeyboardInterrupt:
        if interrupted:
            sys.stderr.write("\ninterrupted: what was finished before is intact\n")
        return interrupted


def complain(sentence: str, code: int = 1) -> int:
    """Print an error; return the exit code."""
    sys.stdout.flush()
    sys.stderr.write(f"error: {escape_control_lines(sentence)}\n")  # it may quote a stranger's file
    return code


class Terminated(KeyboardInterrupt):
    """SIGTERM, as a service manager sends it: everything ends as after Ctrl-C, and is called by its name."""


def _terminate_like_interrupt(_signal: int, _frame: object) -> None:
    raise Terminated
