"""`python -m convert`: a trained run to files that run on devices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from convert.verbs import doctor, run, starter, web
from edge_app.common.command_line import parser_of_verbs, run_program, with_implied_verb

_VERBS = {
    "run": run,  # implied
    "doctor": doctor,
    "web": web,
    "starter": starter,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    return parser_of_verbs("python -m convert", _VERBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, tuple(_VERBS))
    arguments = build_parser().parse_args(words or ["--help"])
    return run_program(lambda: _VERBS[arguments.verb].run(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
