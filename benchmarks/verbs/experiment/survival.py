"""`fieldlens bench experiment survival`: kills, races and power cuts."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "kill every program at many moments, race two runs, cut the power"
DESCRIPTION = """Try to lose a result.

Every program that makes a folder (train, convert, compress, augment, bench) is killed with SIGKILL at moments spread
over its time, and started again: nothing may be half-written, nothing may be left over, and a resumed training must
have the weights of an undisturbed one. Pairs of trainings race for one output: one must be refused and the other be
whole. --power trains on an ext4 disk of its own and looks at what is on it when the power is cut after the end; it
needs root. --fsync measures what it costs to wait until everything is on the disk. The photographs are drawn; it takes
about a quarter of an hour on two cores."""

EXAMPLES = """examples:
  fieldlens bench experiment survival --out measurements/survival.json
  fieldlens bench experiment survival --power 10 --out survival.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--moments", type=int, default=30, metavar="N", help="kills, shared among the programs")
    parser.add_argument("--races", type=int, default=20, metavar="N", help="pairs of trainings into one output")
    parser.add_argument("--power", type=int, default=0, metavar="N", help="power cuts; 0: none")
    parser.add_argument(
        "--fsync",
        type=int,
        default=20,
        metavar="N",
        help="pairs of writing with and without fsync",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(arguments: argparse.Namespace) -> int:
    """Measure; print and write the result. The exit code is 1 where something was lost."""
    from benchmarks.experiments.survival.power import refuse_no_root
    from benchmarks.experiments.survival.run import measure_survival
    from benchmarks.results.envelope import write_result
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    if min(arguments.moments, arguments.races, arguments.power, arguments.fsync) < 0:
        raise UsageError("--moments, --races, --power and --fsync are numbers from 0")
    if arguments.power:
        refuse_no_root()
    refuse_existing(arguments.out, arguments.overwrite)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    counts = (arguments.moments, arguments.races, arguments.power, arguments.fsync)
    found = measure_survival(*counts, arguments.out.parent)
    write_result(arguments.out, found, {"lost": found.lost()})
    print("\n".join([*found.sentences(), f"results  {arguments.out}"]))
    return 0 if found.survived else 1
