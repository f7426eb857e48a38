"""`fieldlens bench experiment explain`: whether occlusion maps lie on what decides, and how long they take."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "whether the maps of `fieldlens explain` lie on pasted objects, and how long they take"
DESCRIPTION = """Measure whether the maps of `fieldlens explain` lie on what decides, and how long a map takes.

Labelled photographs are shrunk to 2/5 of a side and pasted on pictures of something else, at places by lot. Where the
model gives the label to the whole, the energy of its map (the drops above 0) inside the box is compared to the share of
the area; a box of the same size elsewhere tells what chance gives. Where the background alone gets the label too, the
photograph may not be why: the number is told without these and with them. Needs the edge install only."""

EXAMPLES = """examples:
  fieldlens bench experiment explain pets-int8.tflite --photos pets --backgrounds flowers --out explain.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .tflite file")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--backgrounds", type=Path, required=True, metavar="DIR", help="pictures of nothing that the model knows"
    )
    parser.add_argument("--pasted", type=int, default=400, metavar="N", help="photographs to paste, at most")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="CPU threads")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.explain import run_explain
    from edge_app.common.errors import UsageError

    if min(arguments.pasted, arguments.threads) < 1:
        raise UsageError("--pasted and --threads must be at least 1")
    return run_explain(
        arguments.model,
        arguments.photos,
        arguments.backgrounds,
        arguments.pasted,
        arguments.threads,
        arguments.out,
        arguments.overwrite,
    )
