"""`fieldlens bench experiment soak`: the app for hours on a camera that drops."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.starter_option import add_model_argument, chosen_model

SUMMARY = "run the app for hours on a camera that drops"
DESCRIPTION = """Run the app on a network camera that is killed and restarted again and again.

The app writes JSON lines, serves the page to a viewer, and collects a photograph every two seconds. Watched are memory,
threads and open files of the app with the processes it starts, and the time from the return of the camera to the next
label. Linux only."""

EXAMPLES = """examples:
  fieldlens bench experiment soak models/pets/pets-int8.tflite --minutes 60 --drop-every 60 --out measurements/soak.json
  fieldlens bench experiment soak model.tflite --minutes 3 --drop-every 20"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_model_argument(parser)
    parser.add_argument("--minutes", type=float, default=60.0, metavar="M", help="how long to run")
    parser.add_argument("--drop-every", type=float, default=60.0, metavar="S", help="seconds between drops")
    parser.add_argument("--fps", type=float, default=30.0, metavar="FPS", help="frame rate of the camera")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(arguments: argparse.Namespace) -> int:
    """Run; print and write the result."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing

    check_one_cv2_wheel()
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    from benchmarks.measure.live.soak import soak, soak_table
    from benchmarks.results.envelope import write_result
    from edge_app.common.progress import Progress

    model = chosen_model(arguments)
    with Progress("soaking", round(arguments.minutes * 60)) as progress:
        found = soak(
            model,
            arguments.minutes,
            arguments.drop_every,
            arguments.fps,
            lambda passed_s: progress.reach(max(1, round(passed_s))),
        )
    print(soak_table(found))
    if arguments.out is not None:
        write_result(arguments.out, found, {"growth_bytes": found.growth_bytes()})
        print(f"results  {arguments.out}")
    return 0
