"""`python -m train`: everything from a folder of photographs to a trained, evaluated model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from edge_app.common.command_line import parser_of_verbs, run_program, with_implied_verb
from train.verbs import augment, compress, fetch, fit, screen, submit

_VERBS = {
    "fit": fit,  # implied
    "augment": augment,
    "compress": compress,
    "fetch": fetch,
    "screen": screen,
    "submit": submit,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    return parser_of_verbs("python -m train", _VERBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, tuple(_VERBS))
    arguments = build_parser().parse_args(words or ["--help"])
    return run_program(lambda: _VERBS[arguments.verb].run(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
