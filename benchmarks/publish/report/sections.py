"""The sections of the page, a function per kind of result."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.runs_table import HEAD, runs_rows
from benchmarks.publish.report.cells import (
    CONVERSION_HEAD,
    PEERS_HEAD,
    SWEEP_HEAD,
    converted,
    peers_rows,
    plain,
    swept,
)
from benchmarks.publish.report.found import (
    CONVERSION,
    LATENCY,
    OPERATORS,
    PAPERS,
    PEERS,
    SUSTAINED,
    SWEEP,
    TRAINING,
    Found,
    picture_of,
    text_of,
)
from benchmarks.results.latency import LatencyResult
from benchmarks.results.plots import plot_result
from benchmarks.results.tables import result_table
from edge_app.common.errors import MissingDependencyError
from edge_app.common.report_page import ReportPage

_DOUBT = ("- warning: ", "- INVALID: ")


def latency_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show the tables of every benchmark, what was doubted, and the distribution of its times."""
    for one in found:
        result = results.benchmark(one.name)
        _where(page, one, results)
        for block in result_table(result).split("\n\n"):
            _block(page, block)
        for line in text_of(one, results.root).splitlines():
            if line.startswith(_DOUBT):
                page.paragraph(line.removeprefix("- "), kind="bad")
        if not _picture(page, one, results):
            _drawn(page, result, one.name)


def sweep_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show the Pareto plot and every file, the best on validation photographs first."""
    for one in found:
        _where(page, one, results)
        _picture(page, one, results)
        files = sorted(one.content["files"], key=lambda file: -file["validation"]["top1"])
        page.table(SWEEP_HEAD, [swept(file) for file in files])


def peers_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show both sides where the result has sides, and the plot."""
    for one in found:
        _where(page, one, results)
        page.table(PEERS_HEAD, peers_rows(one.content))
        _picture(page, one, results)


def papers_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show question, findings and plot of every paper."""
    for one in found:
        page.paragraph(f"{one.content.get('question', one.name)} {one.content.get('reference', '')}".strip())
        for finding in one.content.get("findings", ()):
            page.paragraph(finding["sentence"])
        _where(page, one, results)
        _picture(page, one, results)


def training_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show the finished runs, and every experiment with its plot."""
    runs = runs_rows(results)
    if runs:
        page.table(HEAD, [plain(row) for row in runs])
    for one in found:
        if "question" in one.content:
            page.paragraph(str(one.content["question"]))
        _where(page, one, results)
        if "repeats" in one.content:
            _repeats(page, one)
        _picture(page, one, results)


def conversion_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show the files of every conversion."""
    for one in found:
        _where(page, one, results)
        page.table(CONVERSION_HEAD, [converted(file) for file in one.content["files"]])


def text_section(page: ReportPage, found: Sequence[Found], results: Committed) -> None:
    """Show the report that was written beside every result, and the plot."""
    for one in found:
        _where(page, one, results)
        for block in text_of(one, results.root).split("\n\n"):
            _block(page, block)
        if not _picture(page, one, results):
            page.paragraph(f"no plot lies beside {one.name}", kind="note")


Section = Callable[[ReportPage, Sequence[Found], Committed], None]

SECTIONS: dict[str, tuple[str, Section]] = {
    SWEEP: ("Accuracy against time and size", sweep_section),
    LATENCY: ("Latency", latency_section),
    SUSTAINED: ("Sustained load", text_section),
    OPERATORS: ("Operators", text_section),
    PEERS: ("Peers", peers_section),
    PAPERS: ("The papers of the course", papers_section),
    TRAINING: ("Training", training_section),
    CONVERSION: ("Conversion", conversion_section),
}
"""By kind of result: heading and function."""


def parsed_table(markdown: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Take a Markdown table apart: head and rows."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    head, _, *rows = (tuple(cell.strip() for cell in line.strip("| ").split(" |")) for line in lines)
    return head, [(*row, *[""] * (len(head) - len(row))) for row in rows]


def _block(page: ReportPage, block: str) -> None:
    """Add a table, or a paragraph per line."""
    if block.startswith("|"):
        page.table(*parsed_table(block))
        return
    for line in block.splitlines():
        page.paragraph(line.strip("# ").removeprefix("- "))


def _where(page: ReportPage, found: Found, results: Committed) -> None:
    source = results.source(found.name)
    page.paragraph(f"{source.file}: {source.machine}, {source.date}", kind="note")


def _picture(page: ReportPage, found: Found, results: Committed) -> bool:
    png = picture_of(found, results.root)
    if png is not None:
        page.picture(png, f"plot of {found.name}")
    return png is not None


def _drawn(page: ReportPage, result: LatencyResult, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "plot.png"
        try:
            plot_result(result, png)
        except MissingDependencyError as error:
            page.paragraph(str(error), kind="note")
        else:
            page.picture(png, f"plot of {name}")


def _repeats(page: ReportPage, found: Found) -> None:
    from benchmarks.experiments.repeated_training import HEAD as REPEATS_HEAD
    from benchmarks.experiments.repeated_training import Repeat, table_rows
    from benchmarks.experiments.training_experiments import Experiment, Variant

    repeats = [Repeat(**one) for one in found.content["repeats"]]
    variants = tuple(Variant(name, ()) for name in dict.fromkeys(one.variant for one in repeats))
    experiment = Experiment(str(found.content["experiment"]), str(found.content.get("question", "")), variants)
    page.table(REPEATS_HEAD, table_rows(experiment, repeats))
