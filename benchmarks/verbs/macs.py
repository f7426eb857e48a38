"""`fieldlens bench macs`: what files compute for one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "count multiply-accumulate operations and parameters"
DESCRIPTION = """Count what .tflite files compute for one picture, without running them.

Multiply-accumulate operations (MACs) of convolutions and fully connected layers are counted as in the MobileNetV2
paper: 300 million for width 1.0 at 224x224. Parameters are the weights and biases in the file."""

EXAMPLES = """examples:
  fieldlens bench macs models/pets/*.tflite"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".tflite files")


def run(arguments: argparse.Namespace) -> int:
    """Count; print a table."""
    from benchmarks.measure.operators.macs import count_macs
    from edge_app.common.tables import text_table

    rows = []
    for path in arguments.models:
        cost = count_macs(path)
        rows.append((path.name, f"{cost.macs / 1e6:.1f}", f"{cost.parameters:,}", f"{path.stat().st_size:,}"))
    print(text_table(("file", "million MACs", "parameters", "bytes"), rows))
    return 0
