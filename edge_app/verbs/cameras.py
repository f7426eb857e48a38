"""`fieldlens app cameras`: which cameras this machine has."""

from __future__ import annotations

import argparse

from edge_app.common.command_line import HelpfulParser

SUMMARY = "list the cameras of this machine"
DESCRIPTION = """List the cameras of this machine, how to use each, and why one cannot be used."""
EXAMPLES = """examples:
  fieldlens app cameras"""


def add_arguments(_parser: HelpfulParser) -> None:
    """Add nothing: this verb has no arguments."""


def run(_arguments: argparse.Namespace) -> int:
    """Print a line per camera."""
    from edge_app.sources.camera_diagnosis import list_cameras

    lines = list_cameras()
    print("\n".join(lines) if lines else "no camera found; `--source demo` needs none")
    return 0
