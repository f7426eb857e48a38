"""`fieldlens bench experiment peers`: edge_app against MediaPipe, ONNX Runtime, OpenVINO and LiteRT's tools."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare speed, start and memory with other runtimes"
DESCRIPTION = """Compare edge_app with MediaPipe Tasks, ONNX Runtime, OpenVINO, tflite-runtime and litert-benchmark.

All use the same weights, 640x480 frames, CPUs and threads. Every round starts a fresh process of each, in random order:
the time to its first label and its peak memory are measured, and once warm it runs the bare model and the whole way
from the frame to the label. Intervals are over rounds.

peers:
  mediapipe         in VIDEO mode, with RGB frames; preprocesses by itself, has no thread option and no bare run
  onnxruntime       float files only, exported to ONNX; not timed unless its scores match those of LiteRT
  openvino          reads the file itself; float files run in float32, not in bfloat16
  tflite-runtime    version 2.14 in an environment with Python 3.11 and NumPy 1
  litert-benchmark  the tool in LiteRT's wheel, bare run only; edge_app must agree with it within 5 %

ONNX Runtime and OpenVINO get frames preprocessed by FieldLens, so that only the runtime differs. `make peers` creates
the environments; a peer that is missing or cannot read the file is left out with a note, unless --peers names it."""

EXAMPLES = """examples:
  fieldlens bench experiment peers models/pets/pets-float32.tflite --out measurements/peers.json
  fieldlens bench experiment peers models/pets/pets-int8.tflite --peers openvino,litert-benchmark --threads 2 \\
      --out measurements/peers-int8.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help=".tflite file with labels in it")
    parser.add_argument("--peers", metavar="NAMES", help="as in openvino,mediapipe (default: all that are installed)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="CPU threads of each")
    parser.add_argument("--cpus", metavar="LIST", help="CPUs to run on, as in 0,1 (default: as many as threads)")
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="fresh processes of each")
    parser.add_argument("--runs", type=int, default=100, metavar="N", help="bare runs, and as many frames, per process")
    parser.add_argument("--warm-up", type=int, default=20, metavar="N", help="runs before those, not timed")
    parser.add_argument("--peers-python", type=Path, metavar="FILE", help="Python of another environment for peers")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="JSON", help="where the result goes, with a plot beside it"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.peers.latency import run_peers_latency
    from benchmarks.experiments.peers.peer import peers_called
    from benchmarks.experiments.peers.visit import PeersOptions

    return run_peers_latency(
        arguments.model,
        PeersOptions(arguments.threads, arguments.rounds, arguments.runs, arguments.warm_up),
        arguments.out,
        None if arguments.peers is None else peers_called(arguments.peers),
        arguments.peers_python,
        arguments.cpus,
        arguments.overwrite,
    )
