"""`fieldlens bench experiment course`: the course's recipe against ours, in time."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "time a frozen hub layer in the training loop against features computed once"
DESCRIPTION = """Time a frozen hub layer in the training loop against features computed once.

The course trains a new head on a frozen TF Hub module that runs in every step; FieldLens runs the module once and
trains the head on its features. Module, photographs, optimizer and epochs are the same; there is no augmentation. Needs
the train install."""

EXAMPLES = """examples:
  fieldlens bench experiment course --photos photos --hub modules/mobilenet_v2_100_224 --out measurements/course.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument("--hub", required=True, metavar="HANDLE", help="handle or path of a TF Hub feature vector")
    parser.add_argument("--epochs", type=int, default=10, metavar="N", help="epochs of both")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if arguments.epochs < 1:
        raise UsageError(f"--epochs must be at least 1, received {arguments.epochs}")
    with quiet_native_stderr():
        from benchmarks.experiments.training.course import run_course
    return run_course(arguments.photos, arguments.hub, arguments.epochs, arguments.out, arguments.overwrite)
