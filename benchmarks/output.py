"""Results on the terminal and in files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy_table import accuracy_tables
from benchmarks.doubts import doubts
from benchmarks.plots import plot_result
from benchmarks.result import Result
from benchmarks.table import result_table
from edge_app.atomic import atomic_file, write_text
from edge_app.errors import MissingDependencyError


def show_and_write(result: Result, folder: Path) -> None:
    """Print the table and the doubts; write `result.json`, `table.md` and `plot.png`.

    Raises:
        OutputError: the system refused to write.
    """
    table = "\n\n".join(filter(None, (result_table(result), accuracy_tables(result))))
    print(f"{result.device}, {result.threads} threads, {result.date}\n\n{table}\n")
    warnings = doubts(result)
    for sentence in warnings:
        print(f"doubt: {sentence}")
    write_text(folder / "result.json", result.to_json())
    lines = [f"{result.device}, {result.threads} threads, {result.date}", "", table, ""]
    write_text(
        folder / "table.md", "\n".join(lines + [f"- doubt: {sentence}" for sentence in warnings]).rstrip() + "\n"
    )
    names = ["result.json", "table.md"]
    try:
        with atomic_file(folder / "plot.png") as temporary:
            plot_result(result, temporary)
        names.append("plot.png")
    except MissingDependencyError as error:
        print(error)
    print(f"results  {', '.join(str(folder / name) for name in names)}")
