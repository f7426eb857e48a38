"""`fieldlens bench pick`: the best file of a sweep within limits."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.budget_options import add_budget_options, chosen_budget

SUMMARY = "pick the best file of a sweep within limits of time and size"
DESCRIPTION = """Pick the best file of a finished sweep within limits of time and size; nothing is run again.

Files are chosen by validation accuracy; test accuracy is only shown, and that on another source where the file's card
has it. Better files that exceed a limit by less than half
of it are named too. Latency is that of the machine that the sweep ran on, with 1 thread."""

EXAMPLES = """examples:
  fieldlens bench pick measurements/sweep/sweep.json --budget-ms 1 --budget-mb 1
  fieldlens bench pick measurements/sweep --budget-ms 2.5 --budget-mb 2.7 --plot picked.png"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.json or its folder")
    add_budget_options(parser)
    parser.add_argument("--plot", type=Path, metavar="PNG", help="also draw the sweep with the limits")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing plot")


def run(arguments: argparse.Namespace) -> int:
    """Choose; print why."""
    from benchmarks.results.sweep.pick import pick
    from benchmarks.results.sweep.plot import plot_sweep
    from benchmarks.results.sweep.result import read_sweep
    from edge_app.common.atomic_files import atomic_file
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    budget = chosen_budget(arguments)
    if arguments.plot is not None:
        if arguments.plot.suffix != ".png":
            raise UsageError(f"--plot writes a .png file, received `{arguments.plot}`")
        refuse_existing(arguments.plot, arguments.overwrite)
    sweep = read_sweep(arguments.sweep)
    print(f"{sweep.device or 'latency not measured'}, {sweep.threads} thread, {len(sweep.files)} files, {sweep.date}")
    if not sweep.complete:
        print("note: the sweep is unfinished; give the same `sweep` command again for the rest")
    choice = pick(sweep.files, budget)
    print("\n".join([*choice.sentences(), _elsewhere(Path(choice.best.file)), f"file    {choice.best.file}"]))
    if arguments.plot is not None:
        with atomic_file(arguments.plot) as temporary:
            plot_sweep(sweep, temporary, budget)
        print(f"plot    {arguments.plot}")
    return 0


def _elsewhere(file: Path) -> str:
    """Say how good a file is on photographs that are not of its own source, as far as its card knows."""
    from edge_app.common.errors import ModelFileError
    from edge_app.model.card import read_own_card

    try:
        found = read_own_card(file).other_source
    except ModelFileError:
        return f"on another source: not known, because `{file}` is not here any more"
    if found is None:
        return f"on another source: not measured; fieldlens bench other-source {file} --photos DIR --write-card"
    return f"on {found.photographs:,} photographs of another source, {found.data}: {found}"
