"""The experiment of `sensitivity` from where it is to its end, written after every repetition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.experiments.sensitivity.experiment import Sensitivity, repeat
from benchmarks.experiments.sensitivity.report import derived, plot_sensitivity, sensitivity_table
from benchmarks.results.envelope import write_result
from benchmarks.results.plots import write_plot
from edge_app.common.command_line import INTERRUPTED
from edge_app.common.progress import Progress

DIGITS = 5
"""Of logarithms: a hundredth of a per mille."""


def go_on(found: Sensitivity, model: Path, out: Path) -> tuple[Sensitivity, bool]:
    """Make the missing repetitions.

    Args:
        found: what is there.
        model: the file.
        out: JSON, replaced after every repetition.

    Returns:
        what is there now, and whether nobody pressed Ctrl-C.

    Raises:
        KeyboardInterrupt: before the first repetition was finished.
    """
    options = found.options
    missing = range(len(found.repetitions), options.repetitions)
    try:
        with Progress("repeating", len(missing) * options.rounds) as progress:
            for number in missing:
                done = repeat(model, options, number, progress.step)
                found = replace(found, repetitions=(*found.repetitions, done))
                write_result(out, found, derived(found), DIGITS)
    except KeyboardInterrupt:
        if not found.repetitions:
            raise
        return found, False
    return found, True


def show(found: Sensitivity, uninterrupted: bool, out: Path) -> int:
    """Print the table; write the JSON with what follows from it, and the plot; return the exit code."""
    print(sensitivity_table(found))
    write_result(out, found, derived(found), DIGITS)
    plots = write_plot(out.with_suffix(".png"), lambda path: plot_sensitivity(found, path))
    print(f"results  {', '.join(map(str, (out, *plots)))}")
    return 0 if uninterrupted else INTERRUPTED
