"""`fieldlens bench experiment remote`: deploying and measuring over ssh."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "time deploys over ssh, and measure on three boards at once"
DESCRIPTION = """Time deploys over ssh, and measure on three boards at once while one connection is cut.

The boards are servers of OpenSSH on this machine, each with a home folder of its own; openssh-server must be installed.
A run on this machine at the same time is what their results are compared with."""

EXAMPLES = """examples:
  fieldlens bench experiment remote --out measurements/remote.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--rounds", type=int, default=8, metavar="N", help="fresh processes of the measurement")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.remote.run import run_remote

    return run_remote(arguments.out, arguments.rounds, arguments.overwrite)
