"""Tables of text: for terminals and Markdown, and as cells for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells that a page takes as they are; `str()` is what `text_table` writes."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        return text_table(self.head, self.rows)


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table; columns whose cells all start with a digit are set to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    numeric = numeric_columns(head, rows)
    rule = [("-" * (width - 1) + ":") if right else "-" * width for width, right in zip(widths, numeric, strict=True)]
    return "\n".join(_line(cells, widths, numeric) for cells in (head, rule, *rows))


def numeric_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[bool]:
    """Tell per column whether every cell that is not empty starts with a digit."""
    columns = zip(head, *rows, strict=True)
    return [bool(rows) and all(not cell or cell[0].isdigit() for cell in column[1:]) for column in columns]


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "| " + " | ".join(padded) + " |"
