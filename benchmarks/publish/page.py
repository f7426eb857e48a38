"""The same document as Markdown and as one HTML page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.publish.committed import Source
from edge_app.common.report_page import ReportPage
from edge_app.common.tables import numeric_columns

_NO_BREAK, _NO_BREAK_HYPHEN = "\N{NO-BREAK SPACE}", "\N{NON-BREAKING HYPHEN}"


class Page(Protocol):
    """Where a document goes, top to bottom; code is written between backticks."""

    def heading(self, text: str, level: int = 2) -> None:
        """Start a section (2) or a part of one (3)."""

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph; `kind` may be `note` or `bad`."""

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table."""

    def long_table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table of raw numbers where there is space for it."""

    def picture(self, png: Path, description: str) -> None:
        """Add a picture."""

    def source(self, source: Source) -> str:
        """Return machine, day and file of a result, as this page shows them."""


class MarkdownPage:
    """Markdown whose results lie in a folder beside the one of the file; pictures stay there.

    Args:
        title: of the page.
    """

    def __init__(self, title: str) -> None:
        self._blocks = [f"# {title}"]

    def heading(self, text: str, level: int = 2) -> None:
        """Start a section or a part of one."""
        self._blocks.append(f"{'#' * level} {text}")

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph."""
        self._blocks.append(text)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table."""
        self._blocks.append(markdown_table(head, rows))

    def long_table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Leave it out."""

    def picture(self, png: Path, description: str) -> None:
        """Leave it out."""

    def source(self, source: Source) -> str:
        """Link the file."""
        return f"{source.machine}, {source.date}, [{source.file.partition('/')[2]}](../{source.file})"

    def text(self) -> str:
        """Return the whole page."""
        return "\n\n".join(self._blocks) + "\n"


class HtmlPage(ReportPage):
    """One self-contained HTML page."""

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph."""
        super().paragraph(_plain(text), kind)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table."""
        super().table([_plain(name) for name in head], [[_plain(cell) for cell in row] for row in rows])

    def long_table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table as well."""
        self.table(head, rows)

    def source(self, source: Source) -> str:
        """Name the file."""
        return f"{source.machine}, {source.date}, {source.file}"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table without padding: a longer cell then changes its own line only."""
    rule = ["---:" if right else "---" for right in numeric_columns(head, rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in (head, rule, *rows))


def _plain(text: str) -> str:
    """Leave out Markdown's quotes of code; a date, and a number with its sign, unit and interval, stay on one line."""
    text = re.sub(r"(?<=\d) to (?=[\d−+])", f"{_NO_BREAK}to{_NO_BREAK}", text.replace("`", ""))
    text = re.sub(r"(?<= )(\d{4})-(\d\d)-(\d\d)(?=,)", rf"\1{_NO_BREAK_HYPHEN}\2{_NO_BREAK_HYPHEN}\3", text)
    return re.sub(r"(?<=[≥≤=\d]) (?=[\d−]|%|×|points|ms\b|s\b|MiB\b)", _NO_BREAK, text)
