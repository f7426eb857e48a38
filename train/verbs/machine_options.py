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
