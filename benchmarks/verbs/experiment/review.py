"""`fieldlens bench experiment review`: how long the page of `fieldlens review` takes."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "how long the page of `fieldlens review` takes to be ready, and a key to be kept"
DESCRIPTION = """Measure how long the page of `fieldlens review` takes in Chromium.

Drawn frames of 640×480, four of each drawing, are reviewed with the starter: for the first time, when nobody has looked
at them, and again. Needs Playwright and Chromium. The goal is a page in 2 s for 1,000 frames."""

EXAMPLES = """examples:
  fieldlens bench experiment review --out review.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--frames", type=int, default=1000, metavar="N", help="how many")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="times that each page is opened")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.review import run_review
    from edge_app.common.errors import UsageError

    if arguments.frames < 20 or arguments.rounds < 1:
        raise UsageError("--frames must be at least 20 and --rounds at least 1")
    return run_review(arguments.frames, arguments.rounds, arguments.out, arguments.overwrite)
