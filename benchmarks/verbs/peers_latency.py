"""`python -m benchmarks peers-latency`: our way from the frame to the label against MediaPipe's."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare latency with MediaPipe Tasks"
DESCRIPTION = """Compare frame→label, start to first label and peak memory with MediaPipe Tasks ImageClassifier.

The same file, frames of 640x480 and CPUs; two live processes take turns in blocks, so that a slow spell of the machine
meets both. MediaPipe runs in VIDEO mode with its own number of threads (it has no option) and gets frames that are RGB
already. MediaPipe lives in an environment of its own: `make peers` makes it."""

EXAMPLES = """examples:
  python -m benchmarks peers-latency models/pets/pets-int8.tflite --threads 2 --out results/peers-latency.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help=".tflite file")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="CPU threads of our side")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="blocks of each side")
    parser.add_argument("--runs", type=int, default=50, metavar="N", help="frames per block")
    parser.add_argument("--starts", type=int, default=7, metavar="N", help="fresh processes of each side")
    parser.add_argument("--peers-python", type=Path, metavar="FILE", help="of another peers' environment")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.peers.latency import PeersPlan, run_peers_latency

    plan = PeersPlan(arguments.threads, arguments.rounds, arguments.runs, arguments.starts)
    return run_peers_latency(arguments.model, plan, arguments.out, arguments.peers_python, arguments.overwrite)
