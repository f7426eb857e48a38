"""`fieldlens bench experiment live`: the live loop."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.starter_option import add_model_argument, chosen_model

SUMMARY = "measure the live loop"
DESCRIPTION = """Measure the app's live loop with one file on this device.

Throughput with JSON lines written, the overlay drawn and frames always ready is compared with the bare model, in turns.
The age of frames from a 30 fps camera is measured when their label is ready; the camera is a separate process. Time to
the first label and peak memory are measured in fresh processes of the app, with the number of threads remembered from
an earlier start (warm) and not (cold)."""

EXAMPLES = """examples:
  fieldlens bench experiment live models/pets/pets-int8.tflite --out measurements/live.json
  fieldlens bench experiment live model.tflite --threads 2 --rounds 20"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_model_argument(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="rounds of bare runs and frames, in turns")
    parser.add_argument("--frames", type=int, default=200, metavar="N", help="frames per round")
    parser.add_argument("--fps", type=float, default=30.0, metavar="FPS", help="frame rate of the camera")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="how long the camera is watched")
    parser.add_argument("--starts", type=int, default=10, metavar="N", help="warm and cold starts of the app, each")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(arguments: argparse.Namespace) -> int:
    """Measure; print and write the result."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing

    check_one_cv2_wheel()
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    from benchmarks.measure.live.measure import live_table, measure_live
    from benchmarks.results.envelope import write_result

    result = measure_live(
        chosen_model(arguments),
        threads=arguments.threads,
        rounds=arguments.rounds,
        frames=arguments.frames,
        fps=arguments.fps,
        seconds=arguments.seconds,
        starts=arguments.starts,
    )
    print(live_table(result))
    if arguments.out is not None:
        write_result(arguments.out, result)
        print(f"results  {arguments.out}")
    return 0
