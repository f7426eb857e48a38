"""A measurement on a board: what `on_boards` sent there, as `python -m benchmarks.verbs.board_job job.json`."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from edge_app.common.command_line import run_program
from edge_app.common.program import Verb

OUT = "out"
"""Folder of the results, beside the job."""


def encoded(value: Any) -> Any:
    """Return a parsed argument as JSON can hold it."""
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encoded(one) for one in value]}
    return value


def decoded(value: Any) -> Any:
    """Return what `encoded` took."""
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "path":
        return Path(content)
    items = [decoded(one) for one in content]
    return items if kind == "list" else tuple(items)


def main(job: Path) -> int:
    """Measure; return the exit code."""
    given = json.loads(job.read_text(encoding="utf-8"))
    arguments = {name: decoded(value) for name, value in given["arguments"].items()}
    verb = cast("Verb", import_module(f"benchmarks.verbs.{given['verb']}"))
    return run_program(lambda: verb.run(argparse.Namespace(**arguments, on=None, out=Path(OUT), overwrite=True)))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
