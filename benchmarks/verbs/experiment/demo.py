"""`fieldlens bench experiment demo`: the whole chain once."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "run the whole chain once"
DESCRIPTION = """Run the whole chain once: train, convert, benchmark, and classify a clip.

Without --photos, a small network is trained on drawings of cats and dogs. Needs the train install."""

EXAMPLES = """examples:
  fieldlens bench experiment demo
  fieldlens bench experiment demo --photos photos --out demo"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, metavar="DIR", help="your photographs instead of drawings")
    parser.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="DIR", help="folder for everything; it is replaced"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.demo import run_demo

    return run_demo(arguments.photos, arguments.out)
