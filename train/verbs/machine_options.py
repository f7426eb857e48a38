"""Options of several verbs about the machine that works."""

from __future__ import annotations

import argparse
from typing import get_args

from train.data.memory import MEMORY_SHARE, Stream


def add_stream_option(parser: argparse._ActionsContainer) -> None:
    """Add `--stream`."""
    parser.add_argument(
        "--stream",
        choices=get_args(Stream),
        default="auto",
        help="decode photographs in every epoch instead of keeping them in memory, with the same result; auto: where "
        f"they would take more than {MEMORY_SHARE:.0%} of it".replace("%", "%%"),
    )


def seed_number(text: str) -> int:
    """Read a seed: NumPy takes 32 bits."""
    return _whole_number(text, 2**32 - 1)


def replica_number(text: str) -> int:
    """Read how many replicas there shall be; 0: one per GPU."""
    return _whole_number(text, 1024)


def _whole_number(text: str, highest: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= highest:
        raise argparse.ArgumentTypeError(f"a whole number from 0 to {highest} is needed, received `{text}`")
    return number
