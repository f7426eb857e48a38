"""`fieldlens bench experiment imports`: how long the device half takes to import."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "measure how long this program takes to import"
DESCRIPTION = """Import everything that measures on a device, in fresh processes, and time it.

This includes NumPy, OpenCV, the LiteRT runtime and the app, but not Python's own start. It also reports whether
anything was imported that the edge install does not have. The goal is 0.3 s."""

EXAMPLES = """examples:
  fieldlens bench experiment imports
  fieldlens bench experiment imports --processes 20 --out measurements/imports.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--processes", type=int, default=10, metavar="N", help="fresh processes, after one to warm up")
    parser.add_argument("--out", type=Path, metavar="JSON", help="write every raw time to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(arguments: argparse.Namespace) -> int:
    """Measure; print and write the result."""
    from benchmarks.measure.protocol.imports import imports_sentence, measure_imports
    from benchmarks.results.envelope import write_result
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    if arguments.processes < 1:
        raise UsageError(f"--processes must be at least 1, received {arguments.processes}")
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    found = measure_imports(arguments.processes)
    print(imports_sentence(found))
    if arguments.out is not None:
        write_result(arguments.out, found)
        print(f"results  {arguments.out}")
    return 0
