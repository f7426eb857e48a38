"""`--on` and what goes with it, of the verbs that measure on boards too."""

from __future__ import annotations

import argparse

from edge_app.common.command_line import advanced
from edge_app.verbs.board_options import add_carry, add_ssh_config


def add_on(parser: argparse.ArgumentParser) -> None:
    """Add the boards."""
    boards = parser.add_argument_group("on a board, over ssh")
    on = "measure on these boards instead, as `ssh` calls them; when the connection breaks, give the same command"
    boards.add_argument("--on", nargs="+", metavar="HOST", help=f"{on} again")
    advanced(add_carry(boards))
    add_ssh_config(boards)
