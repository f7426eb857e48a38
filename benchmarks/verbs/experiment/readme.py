"""`fieldlens bench experiment readme`: the tables of the README from committed results."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "make the README's tables from results"
DESCRIPTION = """Make the README's tables from results.

Every block between `<!-- table: NAME -->` and `<!-- end -->` is written anew. Numbers, verdicts, machines and days come
from the JSON files of the folder, goals from benchmarks/publish/readme/goals.py. What is not measured has no
row."""

EXAMPLES = """examples:
  fieldlens bench experiment readme
  fieldlens bench experiment readme --check"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "--readme", type=Path, default=Path("docs/measured.md"), metavar="FILE", help="what is rewritten"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="folder of results")
    parser.add_argument("--check", action="store_true", help="only say which tables differ; exit code 1 if any does")


def run(arguments: argparse.Namespace) -> int:
    """Rewrite, or check."""
    from benchmarks.publish.readme.blocks import run_readme
    from benchmarks.publish.readme.tables import TABLES

    return run_readme(arguments.readme, arguments.results, TABLES, arguments.check)
