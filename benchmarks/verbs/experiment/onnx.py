"""`fieldlens bench experiment onnx`: files as ONNX beside themselves."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare files as ONNX, in ONNX Runtime, with themselves in our runtime"
DESCRIPTION = """Compare files as ONNX, in ONNX Runtime, with themselves in our runtime.

Every file is written as ONNX, as `fieldlens convert --recipes onnx` does, and both are asked about the same
photographs: how often is the best label the same, and how far are the scores apart? Needs the `onnx` extra."""

EXAMPLES = """examples:
  fieldlens bench experiment onnx models/pets/pets-float32.tflite --photos photos"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".tflite files")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs")
    parser.add_argument("--photographs", type=int, default=500, metavar="N", help="how many of them, at most")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Compare; print and write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.installing import refuse_missing
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    if arguments.photographs < 1:
        raise UsageError(f"--photographs must be at least 1, received {arguments.photographs}")
    refuse_missing(("onnx", "onnxruntime"), "onnx")
    from benchmarks.experiments.onnx_files import run_onnx

    return run_onnx(
        arguments.models, arguments.photos, arguments.photographs, arguments.out, overwrite=arguments.overwrite
    )
