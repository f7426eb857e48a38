"""`fieldlens bench experiment mediapipe`: does MediaPipe Tasks say the same about our files?"""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare files with MediaPipe Tasks"
DESCRIPTION = """Run files through the ImageClassifier of MediaPipe Tasks, unchanged, and compare it with edge_app.

For each file it reports whether MediaPipe runs it or why it refuses, the largest difference of a score on pictures that
were already resized, and on how many full-size photographs both give the same label; disagreements are listed with
their margins. MediaPipe needs an environment of its own, which `make peers` creates."""

EXAMPLES = """examples:
  fieldlens bench experiment mediapipe models/pets/*.tflite --photos originals --out measurements/mediapipe.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".tflite files")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="full-size photographs")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    parser.add_argument("--peers-python", type=Path, metavar="FILE", help="Python of another environment for peers")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.peers.mediapipe_agreement import run_agreement
    from edge_app.model.labels import read_labels_file

    labels = None if arguments.labels is None else read_labels_file(arguments.labels)
    return run_agreement(
        arguments.models, arguments.photos, arguments.out, arguments.peers_python, labels, arguments.overwrite
    )
