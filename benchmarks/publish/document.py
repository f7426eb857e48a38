"""All results, section by section: the documentation page `measured.md` and the report of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.publish.committed import RUN, Committed
from benchmarks.publish.details import DETAILS
from benchmarks.publish.measures import SECTIONS, Section
from benchmarks.publish.page import HtmlPage, MarkdownPage, Page
from benchmarks.publish.rows import Row, lacking_told, rows_of
from benchmarks.publish.values import counted
from benchmarks.results.envelope import KINDS
from edge_app.common.atomic_files import write_text
from edge_app.common.errors import ResultError
from edge_app.common.outputs import refuse_existing

HEAD = ("what", "measured", "target", "details", "measured on")
_GENERATED = "<!-- Written by `fieldlens bench experiment publish`; do not edit. -->"
_ABOUT = (
    "Every number is read from the JSON file behind it; `results/README.md` has the commands that measured them. "
    "Intervals are 95 %, or the range where it says so. A load behind a machine is the number of processes that ran or "
    "waited, told where there were more than cores: other work, or the training itself. A target is a limit that the "
    "project set itself; where it is missed, the table says so."
)


def measured_markdown(results: Committed) -> str:
    """Return the page of the documentation.

    Raises:
        ResultError: a file is no result, or lacks something.
    """
    page = MarkdownPage("Measured results")
    page.paragraph(_GENERATED)
    page.paragraph(_ABOUT)
    _sections(page, results)
    return page.text()


def report_page(results: Committed) -> HtmlPage:
    """Return one page of all results of a folder.

    Raises:
        ResultError: there are none, a file is no result, or lacks something.
    """
    if not results.names():
        raise ResultError(
            f"`{results.root}` holds no results (no JSON file); measure with `fieldlens bench`, or name a "
            "folder of results with --results"
        )
    page = HtmlPage("FieldLens: measured results")
    missing = _sections(page, results)
    if missing:
        page.paragraph(f"No results here for: {', '.join(missing)}.", kind="note")
    return page


def run_report(root: Path, out: Path, overwrite: bool) -> int:
    """Write the report of a folder.

    Raises:
        ResultError: see `report_page`.
        OutputError: the report is there already, or cannot be written.
    """
    refuse_existing(out, overwrite)
    results = Committed(root)
    write_text(out, report_page(results).html())
    print(f"{counted(len(results.names()), 'result')}\nreport  {out}")
    return 0


def _sections(page: Page, results: Committed) -> list[str]:
    """Write every section that there is something for; return the titles of the others."""
    shown: set[str] = set()
    missing = []
    for section in SECTIONS:
        files = _section(page, section, results)
        shown |= files
        missing += [] if files else [section.title]
    others = [name for name in _whole(results.names(), results) if name not in shown and results.kind(name) in KINDS]
    if others:
        page.heading("Other results")
        rows = [(KINDS[results.kind(name)], page.source(results.source(name))) for name in others]
        page.table(("result", "measured on"), rows)
    return missing


def _section(page: Page, section: Section, results: Committed) -> set[str]:
    """Write a section; return the files that it shows."""
    rows = rows_of(section.measures, results)
    found = {kind: _whole(results.of_kind(kind), results) for kind in section.kinds}
    files = {row.file for row in rows}.union(*found.values())
    if files:
        page.heading(section.title)
        if section.about:
            page.paragraph(section.about)
        if rows:
            page.table(HEAD, [_cells(row, page) for row in rows])
        for kind, names in found.items():
            _detail(page, kind, names, results)
    return files


def _cells(row: Row, page: Page) -> tuple[str, ...]:
    target = f"{row.target}, missed" if row.is_missed else row.target
    return (row.measure.what, row.measured, target, row.found.note, page.source(row.source))


def _detail(page: Page, kind: str, names: Sequence[str], results: Committed) -> None:
    if not names:
        return
    title, show = DETAILS[kind]
    if title:
        page.heading(title, 3)
    for name in names[:1] if kind == RUN else names:  # one table has all runs
        if kind != RUN:
            page.paragraph(page.source(results.source(name)), kind="note")
        with lacking_told(f"“{title}” shows", [name], results):
            show(page, name, results)
        for png in _pictures(results.root / name):
            page.picture(png, f"plot of {name}")


def _pictures(path: Path) -> Iterator[Path]:
    """Return the plot that was drawn beside a result."""
    beside = (path.with_suffix(".png"), path.with_name("plot.png"))
    return (png for png in beside if png.is_file())


def _whole(names: Sequence[str], results: Committed) -> list[str]:
    """Leave out the raw times that a sweep keeps in a folder beside itself: the sweep shows them."""
    return [one for one in names if not (results.root / one).parent.with_name("sweep.json").is_file()]
