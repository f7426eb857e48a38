"""Options of every command that goes to a board over ssh."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import advanced

WAIT_S = 120.0
"""For the first label: a slow board imports for half a minute, and may take as long to find its number of threads."""


def add_carry(parser: argparse._ActionsContainer) -> argparse.Action:
    """Add the choice of where the board's packages come from."""
    carry = "take the board's packages from here: it has no internet"
    return parser.add_argument("--carry", action="store_true", help=carry)


def add_ssh_config(parser: argparse._ActionsContainer) -> None:
    """Add the file of settings of `ssh`."""
    config = "settings of `ssh`, instead of ~/.ssh/config"
    advanced(parser.add_argument("--ssh-config", type=Path, metavar="FILE", help=config))
