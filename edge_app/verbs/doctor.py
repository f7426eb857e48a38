"""`fieldlens app doctor`: what this machine has for running the app."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import HelpfulParser

SUMMARY = "check what this machine has for running the app"
DESCRIPTION = """Check what this machine has for running the app, and say what to do about what is missing.

Also measures whether int8 files run accelerated. The exit code is 1 if the app cannot run here."""
EXAMPLES = """examples:
  fieldlens app doctor
  fieldlens app doctor models/pets/pets-int8.tflite"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    help_text = "an int8 .tflite file to measure (default: the starter)"
    parser.add_argument("model", type=Path, nargs="?", metavar="MODEL", help=help_text)


def run(arguments: argparse.Namespace) -> int:
    """Print a line per fact."""
    from edge_app.doctor import examine
    from edge_app.model.starter import STARTER

    lines, healthy = examine(arguments.model or STARTER)
    print("\n".join(lines))
    return 0 if healthy else 1
