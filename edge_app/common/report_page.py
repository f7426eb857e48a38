"""One self-contained HTML page for reports: no script, no network, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from edge_app.common.tables import numeric_columns

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; }
/* A table wider than the column grows into both margins, and then scrolls. */
.table { width: max-content; min-width: 100%; max-width: calc(100vw - 2rem); margin-left: 50%;
  transform: translateX(-50%); overflow-x: auto; }
td { max-width: 20rem; }
th, td { padding: .35rem .7rem; text-align: left; border-bottom: 1px solid #8884; }
th { vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
/* On a phone a plot stays readable, and scrolls. */
.picture { overflow-x: auto; } .picture img { max-width: max(100%, 36rem); }
img { max-width: 100%; background: white; border-radius: 4px; }
.gallery { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; max-width: 18rem; } figcaption { font-size: .9rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .gallery { gap: .5rem; } figure { max-width: calc(50% - .25rem); } }
.bad { color: #c33; font-weight: 600; } .note { opacity: .75; } .lead { font-size: 1.2rem; font-weight: 600; }
"""


class ReportPage:
    """Collects sections, top to bottom; all text is escaped.

    Args:
        title: of the page.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str, level: int = 2) -> None:
        """Start a section (level 2), or a part of one (3)."""
        self._parts.append(f"<h{level}>{escape(text)}</h{level}>")

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph; `kind` may be `lead`, `note` or `bad`."""
        self._parts.append(f'<p class="{escape(kind)}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table; columns whose cells all start with a digit are aligned as numbers."""
        numeric = numeric_columns(head, rows)
        kinds = [' class="number"' if right else "" for right in numeric]
        cells = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(head, kinds, strict=True))
        body = "".join("<tr>" + _cells(row, kinds) + "</tr>" for row in rows)
        table = f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
        self._parts.append(f'<div class="table">{table}</div>')

    def picture(self, png: Path, description: str) -> None:
        """Embed a PNG file."""
        encoded = base64.b64encode(png.read_bytes()).decode()
        self._parts.append(
            f'<p class="picture"><img alt="{escape(description)}" src="data:image/png;base64,{encoded}"></p>'
        )

    def gallery(self, figures: Sequence[tuple[Sequence[bytes], str]]) -> None:
        """Add small pictures in rows.

        Args:
            figures: JPEG files that belong together, and their caption.
        """
        shown = "".join(f"<figure>{_images(jpegs, text)}{_caption(text)}</figure>" for jpegs, text in figures)
        self._parts.append(f'<div class="gallery">{shown}</div>')

    def html(self) -> str:
        """Return the whole page."""
        head = (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self._title)}</title><style>{_STYLE}</style></head>"
        )
        return head + "<body>\n" + "\n".join(self._parts) + "\n</body></html>\n"


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    return "".join(f"<td{kind}>{escape(text)}</td>" for text, kind in zip(row, kinds, strict=True))


def _images(jpegs: Sequence[bytes], description: str) -> str:
    encoded = (base64.b64encode(jpeg).decode() for jpeg in jpegs)
    return " ".join(f'<img alt="{escape(description)}" src="data:image/jpeg;base64,{text}">' for text in encoded)


def _caption(text: str) -> str:
    return f"<figcaption>{escape(text)}</figcaption>"
