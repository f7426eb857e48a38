"""`fieldlens bench experiment viewers`: what people who watch the page cost the classifier."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.starter_option import add_model_argument, chosen_model

SUMMARY = "measure how much viewers of the live page slow down the classifier"
DESCRIPTION = """Measure how much viewers of the live page (--web) slow down the classifier.

Runs the live loop with and without viewers in alternating blocks: with 30 frames per second as from a camera, and with
the next frame always ready, where the classifier leaves no time for anything else. The viewers are another process on
this machine and share its cores, so the measured cost is an upper bound.

With --idle, connections that never finish a request (slowloris) are held open beside the viewers, and opened again when
the page cuts them; how long the owner of the device waits for the page meanwhile is measured too."""

EXAMPLES = """examples:
  fieldlens bench experiment viewers models/pets/pets-int8.tflite --out measurements/viewers.json
  fieldlens bench experiment viewers models/pets/pets-int8.tflite --viewers 50 --idle 1200 --out slow.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_model_argument(parser)
    parser.add_argument("--viewers", type=int, default=10, metavar="N", help="viewers at the same time")
    parser.add_argument("--idle", type=int, default=0, metavar="N", help="connections that never finish a request")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="length of a block")
    parser.add_argument("--pairs", type=int, default=6, metavar="N", help="pairs of blocks for each way of feeding")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    if arguments.viewers < 1 or arguments.pairs < 1 or arguments.seconds <= 0 or arguments.idle < 0:
        raise UsageError("--viewers, --pairs and --seconds must be above 0, and --idle not below")
    refuse_existing(arguments.out, arguments.overwrite)
    from benchmarks.measure.live.viewers import measure_viewers

    model = chosen_model(arguments)
    measure_viewers(
        *(model, arguments.out, arguments.viewers, arguments.seconds, arguments.pairs, arguments.threads),
        idle=arguments.idle,
    )
    return 0
