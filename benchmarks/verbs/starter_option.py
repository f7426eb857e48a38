"""The MODEL of verbs that measure one file, which may be left out."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Add MODEL; `chosen_model` says what it is when it is left out."""
    parser.add_argument(
        "model", type=Path, nargs="?", metavar="MODEL", help="a .tflite file (default: the app's starter)"
    )


def chosen_model(arguments: argparse.Namespace) -> Path:
    """Return MODEL, or the starter, which introduces itself.

    Raises:
        ModelFileError: the installation lost the starter.
    """
    from edge_app.model.starter import introduce

    return arguments.model or introduce()
