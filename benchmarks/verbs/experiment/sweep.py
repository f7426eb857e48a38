"""`fieldlens bench experiment sweep`: width × resolution × recipe against time, size and MACs."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from benchmarks.verbs.budget_options import add_budget_options, chosen_budget
from benchmarks.verbs.output_folder import MEASUREMENTS

SUMMARY = "train, convert and measure many widths and input sizes"
DESCRIPTION = """Train, convert and measure many widths and input sizes: which network is best for a time and a size?

Prints an estimate of the time first. Every point is a run folder made by `fieldlens train` and converted by `fieldlens
convert`; what is finished is kept and an unfinished training is resumed, so you can stop the command and run it again.
At the end all files are measured in turns with 1 thread. Files are chosen by validation accuracy; test photographs play
no part. Writes sweep.json, sweep.png and the raw latencies; `pick` chooses from them again. Needs the train install.

points, separated by commas: RECIPE-WIDTH-PX, a pattern of these, or
  grid   MobileNetV2 0.35 to 1.0 at 96 to 224 px, custom CNN 0.5 to 1.5 at 64 to 112 px
  goal   what may reach 97 % within 1 ms and 1 MB, and 98 % within 2.5 ms and 2.7 MB; give a --teacher
recipes: mobilenet_v2 (its upper blocks are fine-tuned), mobilenet_v2_small (all of it is), custom_cnn, tiny"""

EXAMPLES = """examples:
  fieldlens bench experiment sweep photos --dry-run
  fieldlens bench experiment sweep photos --points goal --teacher runs/pets --recipes int8 --budget-ms 1 --budget-mb 1
  fieldlens bench experiment sweep photos --points 'custom_cnn-*' --train-options=--mixed-precision \\
      --out measurements/cnn_sweep"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("photographs", type=Path, metavar="PHOTOS", help="folder of photographs")
    parser.add_argument(
        "--points", default="grid", metavar="NAMES", help="what to train, separated by commas; see above"
    )
    parser.add_argument(
        "--recipes", default="float32,int8", metavar="NAMES", help="recipe names of the conversion, separated by commas"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the estimate of the time, and end")
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="finished run that all points learn from too")
    parser.add_argument("--neither", type=Path, metavar="DIR", help="pictures of anything else, shown to all points")
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="epochs of all points, instead of those of their recipes"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices in training")
    parser.add_argument(
        "--train-options",
        metavar="OPTIONS",
        help="more options of `fieldlens train fit` for all points: --train-options='--views 12 --mixed-precision'",
    )
    add_budget_options(parser)
    parser.add_argument(
        "--rounds", type=int, default=8, metavar="N", help="fresh processes; fewer than 5 make the result doubtful"
    )
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="warm runs of each kind per file, at least")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of warm runs per file, at least")
    parser.add_argument(
        "--run-folders", type=Path, default=Path("runs/sweep"), metavar="DIR", help="where run folders go"
    )
    parser.add_argument(
        "--models", type=Path, default=Path("models/sweep"), metavar="DIR", help="where converted files go"
    )
    parser.add_argument("--out", type=Path, default=MEASUREMENTS / "sweep", metavar="DIR", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result; runs are kept")


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be checked early, then sweep."""
    from benchmarks.experiments.sweep.judged_files import SweepSettings, chosen_conversions
    from benchmarks.experiments.sweep.points import parse_points, with_weights
    from benchmarks.experiments.sweep.run import Measuring, run_sweep
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    settings = SweepSettings(
        photographs=arguments.photographs,
        runs=arguments.run_folders,
        models=arguments.models,
        recipes=chosen_conversions(arguments.recipes),
        options=(*_epochs(arguments), *shlex.split(arguments.train_options or "")),
        seed=arguments.seed,
        teacher=arguments.teacher,
        neither=arguments.neither,
    )
    points, named = parse_points(arguments.points)
    points, notes = with_weights(points, named)
    return run_sweep(
        points,
        settings,
        out=arguments.out,
        measuring=Measuring(arguments.rounds, arguments.runs, arguments.seconds),
        budget=chosen_budget(arguments),
        notes=notes,
        dry_run=arguments.dry_run,
        overwrite=arguments.overwrite,
    )


def _epochs(arguments: argparse.Namespace) -> tuple[str, ...]:
    return () if arguments.epochs is None else ("--epochs", str(arguments.epochs))
