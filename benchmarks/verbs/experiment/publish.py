"""`fieldlens bench experiment publish`: the README's table and docs/measured.md from committed results."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "write the README's table and docs/measured.md from results"
DESCRIPTION = """Write the README's table and docs/measured.md from results.

The README's table is what stands between `<!-- table: measured -->` and `<!-- end -->`; docs/measured.md is written
as a whole. Numbers, machines and days come from the JSON files of the folder; benchmarks/publish/measures.py says
which. What is not measured has no row."""

EXAMPLES = """examples:
  fieldlens bench experiment publish
  fieldlens bench experiment publish --check"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--readme", type=Path, default=Path("README.md"), metavar="FILE", help="file with the table")
    parser.add_argument(
        "--page", type=Path, default=Path("docs/measured.md"), metavar="FILE", help="page of all results"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="folder of results")
    parser.add_argument("--check", action="store_true", help="only say which file differs; exit code 1 if any does")


def run(arguments: argparse.Namespace) -> int:
    """Write, or check."""
    from benchmarks.publish.publish import run_publish

    return run_publish(arguments.readme, arguments.page, arguments.results, arguments.check)
