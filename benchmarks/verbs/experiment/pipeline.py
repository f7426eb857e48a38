"""`fieldlens bench experiment pipeline`: our input pipeline against Keras'."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare our input pipeline with Keras'"
DESCRIPTION = """Compare our input pipeline with Keras' ImageDataGenerator.flow_from_directory.

Both read the same files without keeping decoded pixels, flip, rotate, zoom and shift them at 160 pixels, and take turns
on all cores. Their images are compared too. Needs the train install, Pillow and SciPy."""

EXAMPLES = """examples:
  fieldlens bench experiment pipeline --photos photos --out measurements/input_pipeline.json
  fieldlens bench experiment pipeline --photos photos --rounds 3 --seconds 1 --out /tmp/quick.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs, a folder per class")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--rounds", type=int, default=6, metavar="N", help="rounds of turns of each pipeline")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="of each turn, at least")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.native_stderr import quiet_native_stderr

    with quiet_native_stderr():
        from benchmarks.experiments.training.pipeline import run_input_pipeline

    return run_input_pipeline(
        arguments.photos, arguments.out, arguments.rounds, arguments.seconds, overwrite=arguments.overwrite
    )
