"""The operators of a file, on the terminal and in files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.device import Device
from benchmarks.operator_plot import plot_operators
from benchmarks.operator_report import operator_json, operator_report
from benchmarks.operator_times import OperatorProfile
from edge_app.atomic import atomic_file, write_text
from edge_app.errors import MissingDependencyError


def show_and_write(profile: OperatorProfile, device: Device, model: Path, folder: Path) -> None:
    """Print the report; write `operators.json`, `operators.md` and, with matplotlib, `operators.png`.

    Raises:
        OutputError: the system refused to write.
    """
    report = operator_report(profile, device)
    print(report)
    write_text(folder / "operators.json", operator_json(profile, device, model))
    write_text(folder / "operators.md", report + "\n")
    names = ["operators.json", "operators.md"]
    try:
        with atomic_file(folder / "operators.png") as temporary:
            plot_operators(profile, device, temporary)
        names.append("operators.png")
    except MissingDependencyError as error:
        print(error)
    print(f"results  {', '.join(str(folder / name) for name in names)}")
