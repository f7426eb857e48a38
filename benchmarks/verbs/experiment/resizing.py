"""`fieldlens bench experiment resizing`: bilinear against area resizing."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare bilinear with area resizing"
DESCRIPTION = """Compare bilinear with area resizing on full-size photographs, as they are and enlarged to 1080p.

Only photographs whose names are in the test split of the run that trained the models are used."""

EXAMPLES = """examples:
  fieldlens bench experiment resizing models/pets/*.tflite --splits runs/pets/splits.csv --photos originals \\
      --out r.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="MODEL", help=".tflite files made by `fieldlens convert`"
    )
    parser.add_argument("--splits", type=Path, required=True, metavar="CSV", help="splits.csv of their run")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="full-size photographs")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.resizing import run_resizing

    return run_resizing(
        arguments.models, arguments.photos, arguments.splits, arguments.out, overwrite=arguments.overwrite
    )
