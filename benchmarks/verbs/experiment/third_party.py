"""`fieldlens bench experiment third-party`: do other people's files give the labels that they should?"""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare other people's files with a bare interpreter"
DESCRIPTION = """Give other people's .tflite files to the app and to a bare interpreter, and compare the best labels.

The bare interpreter is fed as the publisher of a file documents it; files are known by their SHA-256
(benchmarks/experiments/third_party/documented.py), and those that nobody documents are listed and not compared. The app
finds out by itself, with options only where a file cannot tell; the result says which. A file that the app refuses is
listed with the sentence. Both resize by the app's rule, so that what is compared is numbers, channels and labels. With
--make, TensorFlow makes files of the ways in which Keras' families are fed."""

EXAMPLES = """examples:
  fieldlens bench experiment third-party downloads --photos photos --out measurements/third-party.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="with .tflite files and label files")
    parser.add_argument(
        "--photos",
        type=Path,
        action="append",
        required=True,
        metavar="DIR",
        help="photographs to compare on; may be given again",
    )
    parser.add_argument("--count", type=int, default=60, metavar="N", help="photographs of each folder")
    parser.add_argument("--make", action="store_true", help="let TensorFlow make files too; needs the train install")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Compare; print and write the result."""
    from benchmarks.experiments.third_party.run import run_third_party
    from edge_app.common.errors import UsageError

    if arguments.count < 1:
        raise UsageError(f"--count must be at least 1, received {arguments.count}")
    return run_third_party(
        arguments.folders,
        arguments.photos,
        arguments.out,
        arguments.count,
        make=arguments.make,
        overwrite=arguments.overwrite,
    )
