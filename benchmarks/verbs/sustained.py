"""`fieldlens bench sustained`: files under load for half an hour."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.board_options import add_on
from benchmarks.verbs.output_folder import new_folder
from benchmarks.verbs.time_span import time_span_s
from edge_app.verbs.input_options import add_input_options, stated_input

SUMMARY = "run files for half an hour: heat, clock, and what happens to latency"
DESCRIPTION = """Run .tflite files back to back, in turns of a second, for a long time.

Shows latency, temperature, clock and throttling over time, the first minute compared with the last, and whether the
ranking of the files changed. Writes sustained.json, sustained.md and sustained.png. Ctrl-C ends early and keeps what
was measured, which is also saved once a minute."""

EXAMPLES = """examples:
  fieldlens bench sustained
  fieldlens bench sustained models/pets/*.tflite --for 30m --out measurements/hot
  fieldlens bench sustained model.tflite --labels labels.txt --threads 4 --for 1h30m"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL", help=".tflite files (default: the app's starter)"
    )
    parser.add_argument(
        "--for", dest="for_s", type=time_span_s, default="30m", metavar="TIME", help="how long, as in 90s, 30m or 1h30m"
    )
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    add_input_options(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the results go (default: measurements/DATE-TIME)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    add_on(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the files; write the result."""
    if arguments.on:
        from benchmarks.verbs.on_boards import run_on_boards

        return run_on_boards("sustained", arguments)
    return run_for(arguments, arguments.for_s)


def run_for(arguments: argparse.Namespace, for_s: float) -> int:
    """Run the files for so many seconds; the arguments are those of this verb or of `run`."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held, refuse_existing

    check_one_cv2_wheel()
    out = arguments.out or new_folder()
    from benchmarks.measure.sustained.report import JSON_NAME, show_and_write
    from benchmarks.measure.sustained.run import run_sustained
    from benchmarks.results.envelope import write_result
    from edge_app.common.command_line import INTERRUPTED
    from edge_app.common.progress import Progress
    from edge_app.model.labels import read_labels_file
    from edge_app.model.starter import introduce

    refuse_existing(out / JSON_NAME, arguments.overwrite)
    with held(out), Progress("under load, seconds", round(for_s)) as progress:
        found = run_sustained(
            arguments.models or [introduce()],
            for_s,
            threads=arguments.threads,
            labels=None if arguments.labels is None else read_labels_file(arguments.labels),
            stated=stated_input(vars(arguments)),
            step=lambda passed_s, reading: progress.reach(min(round(passed_s), round(for_s)), reading.in_short()),
            keep=lambda so_far: write_result(out / JSON_NAME, so_far),
        )
    show_and_write(found, out)
    return INTERRUPTED if found.partial else 0
