"""`fieldlens bench operators`: where the time of one file goes."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.board_options import add_on
from benchmarks.verbs.output_folder import new_folder
from benchmarks.verbs.starter_option import add_model_argument, chosen_model

SUMMARY = "time every operator of a file"
DESCRIPTION = """Time every operator of a .tflite file, by type and by layer, and say which ones XNNPACK runs.

LiteRT's Python interpreter has no profiler, so every operator is cut out as a model of its own, and these run one after
the other, each on the output of the one before; only the runs are timed, and the time of an empty run is subtracted.
The sum is shown beside the time of the whole model: if they differ by more than 15 %, the report says so and why.
Writes operators.json with every raw time, operators.md and operators.png. Ctrl-C ends early and keeps what was
measured."""

EXAMPLES = """examples:
  fieldlens bench operators models/pets/pets-int8.tflite --threads 1
  fieldlens bench operators model.tflite --no-xnnpack --out measurements/operators-plain"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_model_argument(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument(
        "--no-xnnpack", action="store_true", help="run without XNNPACK, the default accelerator of the runtime"
    )
    parser.add_argument(
        "--passes", type=int, default=300, metavar="N", help="times that each operator is run, at least 5"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the results go (default: measurements/operators-DATE-TIME)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    add_on(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure; print and write the result."""
    if arguments.on:
        from benchmarks.verbs.on_boards import run_on_boards

        return run_on_boards("operators", arguments)
    from benchmarks.measure.operators.times import ROUNDS, profile_operators
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held, refuse_existing
    from edge_app.common.progress import Progress

    if arguments.passes < ROUNDS or (arguments.threads is not None and arguments.threads < 1):
        raise UsageError(f"--passes must be {ROUNDS} or more, and --threads 1 or more")
    check_one_cv2_wheel()
    out = arguments.out or new_folder("operators-")
    refuse_existing(out / "operators.json", arguments.overwrite)
    model = chosen_model(arguments)
    with held(out), Progress("running all operators", arguments.passes) as progress:
        profile = profile_operators(model, arguments.threads, not arguments.no_xnnpack, arguments.passes, progress.step)
    from benchmarks.measure.operators.report import show_and_write

    show_and_write(profile, out)
    return 0
