"""`fieldlens bench experiment few`: heads from few photographs, beside scikit-learn's."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "judge what `train` makes of few photographs, beside scikit-learn"
DESCRIPTION = """Judge what `train` makes of few photographs per class, beside scikit-learn's LogisticRegressionCV.

A few photographs of each class are drawn, the head that `train` would ship learns from them, and all others of the
folder judge it; scikit-learn learns from the same features in the same folds. More draws tell how often the interval
that `train` states holds the true accuracy. With --time-run, only one whole run of `train` on one draw is timed,
after the imports. With --two-commands, `train --convert` and `app` run as a newcomer runs them, on draws of three
classes, and the stated accuracy is compared with what the app makes of the other photographs. Needs the train install
and scikit-learn: pip install 'scikit-learn>=1.5'."""

EXAMPLES = """examples:
  fieldlens bench experiment few --photos flowers --out measurements/few/flowers.json
  fieldlens bench experiment few --photos flowers --time-run 30 --out measurements/few/run.json
  fieldlens bench experiment few --photos flowers --two-commands 30 --draws 5 --out measurements/few/newcomer.json"""

PER_CLASS = (3, 5, 10, 30, 100)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--weights", default="imagenet", metavar="WHICH", help="of the backbone: imagenet, or an .h5 file"
    )
    parser.add_argument(
        "--per-class",
        type=int,
        nargs="+",
        default=PER_CLASS,
        metavar="N",
        help="photographs of each class to learn from",
    )
    parser.add_argument("--draws", type=int, default=20, metavar="N", help="draws judged beside scikit-learn")
    parser.add_argument("--coverage-draws", type=int, default=200, metavar="N", help="draws whose intervals are judged")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first draw")
    parser.add_argument("--time-run", type=int, metavar="N", help="only time a run on N photographs of each class")
    parser.add_argument(
        "--two-commands", type=int, metavar="N", help="only go a newcomer's way, on N photographs of each class"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if min(*arguments.per_class, arguments.time_run or 2, arguments.two_commands or 2) < 2:
        raise UsageError(
            "cross-validation needs 2 photographs per class; give --per-class, --time-run and --two-commands 2 or more"
        )
    if arguments.draws < (1 if arguments.two_commands else 2) or arguments.coverage_draws < 1:
        raise UsageError("--draws must be at least 2 and --coverage-draws at least 1")
    with quiet_native_stderr():
        from benchmarks.experiments.few.run import Plan, run_few
        from benchmarks.experiments.few.timed_run import time_run
        from benchmarks.experiments.few.two_commands import run_two_commands

    if arguments.two_commands is not None:
        return run_two_commands(
            arguments.photos,
            arguments.weights,
            arguments.two_commands,
            draws=arguments.draws,
            out=arguments.out,
            overwrite=arguments.overwrite,
        )
    if arguments.time_run is not None:
        return time_run(
            arguments.photos,
            arguments.weights,
            arguments.time_run,
            arguments.seed,
            arguments.out,
            overwrite=arguments.overwrite,
        )
    plan = Plan(tuple(arguments.per_class), arguments.draws, arguments.coverage_draws, arguments.seed)
    return run_few(arguments.photos, arguments.weights, plan, arguments.out, overwrite=arguments.overwrite)
