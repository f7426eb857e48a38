"""What notebooks show records by: HTML and PNG (`_repr_html_`, `_repr_png_`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from edge_app.common.tables import numeric_columns

_BAR_PX = 160


def in_notebook() -> bool:
    """Tell whether this process is the kernel of a notebook."""
    return "ipykernel" in sys.modules


@dataclass(frozen=True)
class Picture:
    """A PNG file that a notebook shows.

    Attributes:
        path: of the file.
    """

    path: Path

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()


def html_paragraphs(sentences: Sequence[str]) -> str:
    """Return sentences as paragraphs; all text is escaped."""
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all text is escaped, and numbers are set to the right."""
    sides = ["right" if numeric else "left" for numeric in numeric_columns(head, rows)]

    def line(tag: str, cells: Sequence[str]) -> str:
        shown = (
            f'<{tag} style="text-align:{side}">{escape(cell)}</{tag}>' for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{''.join(shown)}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', head)}</thead><tbody>{body}</tbody></table>"


def html_scores(label: str, scores: Sequence[tuple[str, float]]) -> str:
    """Return a label, and a bar for each score.

    Args:
        label: the answer.
        scores: pairs of label and score, 0..1.
    """
    bars = "".join(
        f'<tr><td style="text-align:left">{escape(name)}</td><td style="text-align:left"><div style="width:'
        f'{round(_BAR_PX * score)}px;height:.8em;background:#5fcd78"></div></td><td>{score:.1%}</td></tr>'
        for name, score in scores
    )
    return f"<p><b>{escape(label)}</b></p><table><tbody>{bars}</tbody></table>"
