"""The operators of a file, on the terminal and in files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure.operators.plot import plot_operators
from benchmarks.measure.operators.report import operator_json, operator_report
from benchmarks.measure.operators.times import OperatorProfile
from benchmarks.results.device import Device
from benchmarks.results.drawing import write_plot
from edge_app.common.atomic_files import write_text


def show_and_write(profile: OperatorProfile, device: Device, model: Path, folder: Path) -> None:
    """Print the report; write `operators.json`, `operators.md` and, with matplotlib, `operators.png`.

    Raises:
        OutputError: the system refused to write.
    """
    report = operator_report(profile, device)
    print(report)
    write_text(folder / "operators.json", operator_json(profile, device, model))
    write_text(folder / "operators.md", report + "\n")
    plots = write_plot(folder / "operators.png", lambda path: plot_operators(profile, device, path))
    print(f"results  {', '.join(map(str, (folder / 'operators.json', folder / 'operators.md', *plots)))}")
