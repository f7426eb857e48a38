"""`fieldlens bench experiment neither`: training with and without pictures of anything else."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare training with and without pictures of anything else"
DESCRIPTION = """Compare heads trained with and without pictures of anything else (outlier exposure).

Trains heads on features of MobileNetV2. Some classes of the pictures of anything else are shown in training; how well
the best score tells photographs from the unseen classes, from drawn scenes and from textures is the result (AUROC),
beside the accuracy. With --run, a finished run is compared with the same recipe trained with exposure, instead of
heads. Needs the train install."""

EXAMPLES = """examples:
  fieldlens bench experiment neither --photos photos --neither flowers --out results/neither.json
  fieldlens bench experiment neither --photos photos --neither flowers --run runs/pets \\
      --out results/neither_runs.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs of the classes")
    parser.add_argument("--neither", type=Path, required=True, metavar="DIR", help="anything else, a folder per class")
    parser.add_argument("--exposed", type=int, default=3, metavar="N", help="classes of it that are shown in training")
    parser.add_argument("--weights", default="imagenet", metavar="WHICH", help="imagenet, none, or an .h5 file")
    parser.add_argument("--run", type=Path, metavar="RUN", help="finished run to compare, instead of heads")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="heads of each kind")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.native_stderr import quiet_native_stderr

    with quiet_native_stderr():
        from benchmarks.experiments.neither import run_neither
        from benchmarks.experiments.neither_runs import run_neither_runs

    if arguments.run is not None:
        return run_neither_runs(
            arguments.photos,
            arguments.neither,
            exposed=arguments.exposed,
            plain=arguments.run,
            out=arguments.out,
            overwrite=arguments.overwrite,
        )
    return run_neither(
        arguments.photos,
        arguments.neither,
        exposed=arguments.exposed,
        weights=arguments.weights,
        seeds=arguments.seeds,
        out=arguments.out,
        overwrite=arguments.overwrite,
    )
