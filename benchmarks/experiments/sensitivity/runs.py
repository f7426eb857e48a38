"""The experiment of `sensitivity` from where it is to its end, written after every repetition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.experiments.sensitivity.experiment import Sensitivity, repeat
from benchmarks.experiments.sensitivity.report import derived, plot_sensitivity, sensitivity_table
from benchmarks.results.drawing import write_plot
from edge_app.common.atomic_files import write_text
from edge_app.common.command_line import INTERRUPTED
from edge_app.common.progress import Progress


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
    plan = found.plan
    missing = range(len(found.repetitions), plan.repetitions)
    try:
        with Progress("repeating", len(missing) * plan.rounds) as progress:
            for number in missing:
                done = repeat(model, plan, number, progress.step)
                found = replace(found, repetitions=(*found.repetitions, done))
                write_text(out, found.to_json())
    except KeyboardInterrupt:
        if not found.repetitions:
            raise
        return found, False
    return found, True


def show(found: Sensitivity, uninterrupted: bool, out: Path) -> int:
    """Print the table; write the JSON with what follows from it, and the plot; return the exit code."""
    print(sensitivity_table(found))
    write_text(out, found.to_json(derived(found)))
    plots = write_plot(out.with_suffix(".png"), lambda path: plot_sensitivity(found, path))
    print(f"results  {', '.join(map(str, (out, *plots)))}")
    return 0 if uninterrupted else INTERRUPTED
