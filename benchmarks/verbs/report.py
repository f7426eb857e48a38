"""`fieldlens bench report`: one page of all results."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.output_folder import MEASUREMENTS

SUMMARY = "put all results on one page"
DESCRIPTION = """Put all results on one page.

Reads every JSON file of a folder, by default that of your own measurements, and writes one HTML file that needs no
network and no scripts: a section for accuracy, conversion, live use, the browser, other runtimes, training, robustness
and papers, as far as there are results. What is missing is named; a file that is no result of FieldLens is refused."""

EXAMPLES = """examples:
  fieldlens bench report
  fieldlens bench report --results results --out published.html"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--results", type=Path, default=MEASUREMENTS, metavar="DIR", help="folder of results")
    parser.add_argument("--out", type=Path, default=Path("report.html"), metavar="HTML", help="page to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing page")


def run(arguments: argparse.Namespace) -> int:
    """Write the page."""
    from benchmarks.publish.document import run_report

    return run_report(arguments.results, arguments.out, arguments.overwrite)
