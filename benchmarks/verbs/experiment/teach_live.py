"""`fieldlens bench experiment teach-live`: what recording costs the live labels, and how soon there are own ones."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "what recording in `teach` costs the live labels, and how long three own labels take"
DESCRIPTION = """Measure `fieldlens teach` while it runs.

Turns of live labels from a camera in memory: without recording, with it, and with heads learned meanwhile, all in one
process and compared within a round. Every frame is unlike the others, so all are kept: the dearest case. Then, from
nothing: a script fetches, holds up and shows three things to a network camera and presses the buttons of the page;
what it does not wait for of its own will is the machine's share. Everything is drawn. Needs the edge install only."""

EXAMPLES = """examples:
  fieldlens bench experiment teach-live --out measurements/teach-live.json"""


_FPS = 30.0  # of the camera that is recorded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="of turns, one of each kind")
    parser.add_argument("--turn", type=float, default=10.0, metavar="S", help="length of a turn, seconds")
    parser.add_argument("--lessons", type=int, default=3, metavar="N", help="from nothing to three labels")
    parser.add_argument("--fetch", type=float, default=5.0, metavar="S", help="in which somebody fetches a thing")
    parser.add_argument("--hold", type=float, default=20.0, metavar="S", help="for which it is held up")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.teach_live import Plan, run_teach_live
    from edge_app.common.errors import UsageError

    times = (arguments.turn, arguments.fetch, arguments.hold)
    if min(arguments.rounds, arguments.lessons) < 1 or min(times) < 1:
        raise UsageError("--rounds, --turn, --lessons, --fetch and --hold must be at least 1")
    plan = Plan(arguments.rounds, arguments.turn, _FPS, arguments.lessons, arguments.fetch, arguments.hold)
    return run_teach_live(plan, arguments.out, overwrite=arguments.overwrite)
