"""The page: goals on top, then a section per kind of result, then what has no section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import Goal, all_goals
from benchmarks.publish.readme.registry import all_rows
from benchmarks.publish.readme.row import FINDINGS_HEAD, Row
from benchmarks.publish.report.cells import plain
from benchmarks.publish.report.found import OTHER, Found, find_results
from benchmarks.publish.report.sections import SECTIONS
from edge_app.common.atomic_files import refuse_existing, write_text
from edge_app.common.errors import ResultError
from edge_app.common.report_page import ReportPage

_GOALS_HEAD = ("what", "verdict", "asked", "measured", "raw result, machine, date")


def run_report(root: Path, out: Path, overwrite: bool) -> int:
    """Write the page.

    Args:
        root: folder of results.
        out: HTML file.
        overwrite: whether an older page may be replaced.

    Raises:
        ResultError: a result cannot be read, is foreign, or lacks something.
        OutputError: the page is there already, or cannot be written.
    """
    refuse_existing(out, overwrite)
    results = Committed(root)
    found = find_results(results)
    page = report_page(found, results)
    write_text(out, page.html())
    print(f"{len(found)} results\nreport  {out}")
    return 0


def report_page(found: Sequence[Found], results: Committed) -> ReportPage:
    """Build the page.

    Args:
        found: all results of the folder.
        results: the same folder, for their sources.

    Raises:
        ResultError: a result lacks something.
    """
    page = ReportPage("FieldLens: what was measured")
    rows = all_rows(results)
    _goals(page, [row for row in rows if row.goal is not None])
    page.paragraph(missing_line(found, rows), kind="note")
    findings = [row.cells() for row in rows if row.goal is None]
    if findings:
        page.heading("Also measured")
        page.table(FINDINGS_HEAD, [plain(cells) for cells in findings])
    for kind in SECTIONS:
        _section(page, kind, [one for one in found if one.kind == kind], results)
    _others(page, [one for one in found if one.kind == OTHER], results)
    return page


def missing_line(found: Sequence[Found], rows: Sequence[Row]) -> str:
    """Name the sections without a result, and the goals that nothing was measured for."""
    kinds = {one.kind for one in found}
    sections = [kind for kind in SECTIONS if kind not in kinds]
    measured = {row.goal.what for row in rows if row.goal is not None}
    goals = [goal.what.replace("`", "") for goal in all_goals() if goal.what not in measured]
    told = [f"No result here for {', '.join(sections)}."] if sections else []
    told += [f"Not measured: {'; '.join(goals)}."] if goals else []
    return " ".join(told) or "Nothing is missing."


def _goals(page: ReportPage, rows: Sequence[Row]) -> None:
    page.heading("Goals")
    if not rows:
        page.paragraph("No result of this folder was asked for as a number.")
        return
    reached = sum(row.verdict == "reached" for row in rows)
    page.paragraph(f"{reached} of {len(rows)} numbers are reached.")
    page.table(_GOALS_HEAD, [plain(_goal_cells(row, row.goal)) for row in rows if row.goal])


def _goal_cells(row: Row, goal: Goal) -> tuple[str, ...]:
    """The verdict comes before the details, so that a phone shows it."""
    asked = goal.asked.replace(" ", "\N{NO-BREAK SPACE}")
    return (row.what, row.verdict, f"{asked} (issue\N{NO-BREAK SPACE}{goal.issue})", row.measured, str(row.source))


def _section(page: ReportPage, kind: str, found: Sequence[Found], results: Committed) -> None:
    if not found:
        return
    title, write = SECTIONS[kind]
    page.heading(title)
    try:
        write(page, found, results)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        names = ", ".join(one.name for one in found)
        raise ResultError(
            f"a result in `{results.root}` lacks what the section `{title}` shows ({type(error).__name__}: {error}; "
            f"one of {names}); measure again with this version, or take it away"
        ) from error


def _others(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    if not found:
        return
    page.heading("Results without a section")
    sources = [results.source(one.name) for one in found]
    page.table(("raw result", "machine", "date"), [(one.file, one.machine, one.date) for one in sources])
