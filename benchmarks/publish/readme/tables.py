"""The tables by name."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.publish.readme.committed import Committed, NotMeasuredError
from benchmarks.publish.readme.registry import all_rows
from benchmarks.publish.readme.row import FINDINGS_HEAD, GOALS_HEAD, Row
from benchmarks.publish.readme.runs_table import HEAD, runs_rows
from benchmarks.results.tables import result_table
from edge_app.common.tables import numeric_columns

BENCHMARK = "benchmark/result.json"


def goals_table(results: Committed) -> str:
    """Return what was asked and measured, with the verdicts."""
    return _table(GOALS_HEAD, [row for row in all_rows(results) if row.goal is not None])


def findings_table(results: Committed) -> str:
    """Return what was measured without having been asked as a number."""
    return _table(FINDINGS_HEAD, [row for row in all_rows(results) if row.goal is None])


def runs_table(results: Committed) -> str:
    """Return the finished runs."""
    return _markdown(HEAD, runs_rows(results))


def benchmark_table(results: Committed) -> str:
    """Return the table of the committed benchmark, with its device and day."""
    try:
        result, source = results.benchmark(BENCHMARK), results.source(BENCHMARK)
    except NotMeasuredError:
        return "Not measured yet."
    return f"`{source.file}`: {source.machine}, {result.device.runtime}, {source.date}.\n\n{result_table(result)}"


TABLES: dict[str, Callable[[Committed], str]] = {
    "goals": goals_table,
    "runs": runs_table,
    "benchmark": benchmark_table,
    "findings": findings_table,
}


def _table(head: tuple[str, ...], rows: list[Row]) -> str:
    return _markdown(head, [row.cells() for row in rows])


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table without padding: a longer cell then changes its own line only."""
    if not rows:
        return "Not measured yet."
    rule = ["---:" if right else "---" for right in numeric_columns(head, rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in (head, rule, *rows))
