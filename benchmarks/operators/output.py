"""The operators of a file, on the terminal and in files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.drawing import write_plot
from benchmarks.operators.plot import plot_operators
from benchmarks.operators.report import operator_json, operator_report
from benchmarks.operators.times import OperatorProfile
from benchmarks.protocol.device import Device
from edge_app.atomic import write_text


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
