"""`--on` and what goes with it, of the verbs that measure on boards too."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import advanced


def add_on(parser: argparse.ArgumentParser) -> None:
    """Add the boards."""
    boards = parser.add_argument_group("on a board, over ssh")
    on = "measure on these boards instead, as `ssh` calls them; when the connection breaks, give the same command"
    boards.add_argument("--on", nargs="+", metavar="HOST", help=f"{on} again")
    carry = "take the board's packages from here: it has no internet"
    advanced(boards.add_argument("--carry", action="store_true", help=carry))
    config = "settings of `ssh`, instead of ~/.ssh/config"
    advanced(boards.add_argument("--ssh-config", type=Path, metavar="FILE", help=config))
