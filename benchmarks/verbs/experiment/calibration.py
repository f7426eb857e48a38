"""`fieldlens bench experiment calibration`: what a fitted temperature does to other photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "judge fitted temperatures and 8-bit scores on other photographs"
DESCRIPTION = """Judge temperatures that simulated validation sets fit, and scores of 8 bits, on other photographs.

Linear heads learn from MobileNetV2 features; sets of 15, 50, 150 and 794 photographs, as far as there are enough, fit a
temperature as `train` does; all others judge it against a temperature of 1. Needs the train install."""

EXAMPLES = """examples:
  fieldlens bench experiment calibration --photos photos --out calibration.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--weights", default="imagenet", metavar="WHICH", help="of the backbone: imagenet, or an .h5 file"
    )
    parser.add_argument(
        "--learned", type=int, nargs="+", default=(200, 800), metavar="N", help="photographs that heads learn from"
    )
    parser.add_argument("--draws", type=int, default=20, metavar="N", help="simulated sets of each size")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if min(arguments.learned) < 2 or arguments.draws < 1:
        raise UsageError("--learned must be at least 2 and --draws at least 1")
    with quiet_native_stderr():
        from benchmarks.experiments.calibration import run_calibration

    return run_calibration(
        arguments.photos,
        arguments.weights,
        arguments.learned,
        arguments.draws,
        arguments.out,
        overwrite=arguments.overwrite,
    )
