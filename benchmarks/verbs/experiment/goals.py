"""`fieldlens bench experiment goals`: every target of the project, and whether committed results reach it."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "list the project's targets and whether the results reach them"
DESCRIPTION = """List the project's targets and whether the results reach them.

Targets are set in benchmarks/publish/measures.py, measured values come from the JSON files of the folder. What was not
measured is named at the end."""

EXAMPLES = """examples:
  fieldlens bench experiment goals"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="folder of results")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from benchmarks.publish.committed import Committed
    from benchmarks.publish.rows import run_goals

    return run_goals(Committed(arguments.results))
