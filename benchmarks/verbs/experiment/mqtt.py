"""`fieldlens bench experiment mqtt`: the live loop beside a broker that goes away."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.starter_option import add_model_argument, chosen_model

SUMMARY = "run the live loop beside an MQTT broker that is killed, started again, and stalled"
DESCRIPTION = """Run the live loop on a drawn camera beside an MQTT broker that is killed, started again, and stalled.

Counted are frames that the camera dropped, the longest time between two frames and the longest time that a frame spent
in --mqtt; and how long after the broker's return its label is the one that is shown. Needs mosquitto (on Debian: sudo
apt install mosquitto) and paho-mqtt."""

EXAMPLES = """examples:
  fieldlens bench experiment mqtt --out measurements/mqtt.json
  fieldlens bench experiment mqtt models/pets/pets-int8.tflite --seconds 10"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_model_argument(parser)
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="how long the broker is there, gone and stalled, each"
    )
    parser.add_argument("--fps", type=float, default=15.0, metavar="FPS", help="frame rate of the camera")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; print and write the result."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from benchmarks.experiments.mqtt.outage import run_outage

    return run_outage(
        chosen_model(arguments), arguments.seconds, arguments.fps, arguments.out, overwrite=arguments.overwrite
    )
