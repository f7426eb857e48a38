"""`fieldlens bench experiment training`: recipes and techniques compared by training them."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.experiments.training.variants import EXPERIMENTS
from edge_app.common.command_line import HelpfulParser

SUMMARY = "compare ways to train, each with several seeds"
DESCRIPTION = """Compare ways to train, each with several seeds.

Every run is `fieldlens train` with a run folder of its own. Finished runs are kept: you can stop the command and run it
again. Needs the train install.

experiments:
""" + "\n".join(f"  {one.name:<13} {one.question}" for one in EXPERIMENTS.values())

EXAMPLES = """examples:
  fieldlens bench experiment training mobilenet_v2 --photos photos --out measurements/mobilenet_v2.json
  fieldlens bench experiment training custom_cnn --photos photos --teacher runs/pets --neither flowers \\
      --out custom_cnn.json
  fieldlens bench experiment training ablation --photos photos --out measurements/ablation.json"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "experiment", choices=tuple(EXPERIMENTS), metavar="EXPERIMENT", help="experiment to run; see above"
    )
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="finished run that distilled variants learn from")
    parser.add_argument("--neither", type=Path, metavar="DIR", help="pictures of anything else, for exposed variants")
    parser.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help="repetitions of each variant, with a seed each (default: the experiment's own)",
    )
    folders = "where run folders go"
    parser.add_argument("--run-folders", type=Path, default=Path("runs"), metavar="DIR", help=folders)
    parser.say_moved(runs="--run-folders")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Train, and write the result."""
    from benchmarks.experiments.training.repeats import Inputs, run_experiment
    from edge_app.common.errors import UsageError

    experiment = EXPERIMENTS[arguments.experiment]
    seeds = experiment.seeds if arguments.seeds is None else arguments.seeds
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, received {seeds}")
    inputs = Inputs(arguments.photos, arguments.run_folders, arguments.teacher, arguments.neither)
    return run_experiment(experiment, inputs, seeds, arguments.out, arguments.overwrite)
