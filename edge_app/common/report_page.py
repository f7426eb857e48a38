"""One self-contained HTML page for reports: no script, no network, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from edge_app.common.tables import numeric_columns

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: break-word; }
h1 { line-height: 1.2; overflow-wrap: anywhere; } h2 { margin-top: 2rem; } p { max-width: 60rem; }
/* Small sections stand side by side where there is space. */
@media (min-width: 64rem) {
  main { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); column-gap: 3rem; align-items: start; }
  section.wide { grid-column: 1 / -1; min-width: 0; }
  section:not(.wide) :is(th, td) { padding: .35rem .4rem; }
}
table { border-collapse: collapse; margin: 1rem 0; }
/* A table wider than the column grows into both margins, and then scrolls. */
.table { overflow-x: auto; }
.wide .table { width: max-content; min-width: 100%; max-width: calc(100vw - 2rem); margin-left: 50%;
  transform: translateX(-50%); }
td { max-width: 20rem; } td:nth-child(2):last-child { max-width: 36rem; }
th, td { padding: .35rem .7rem; text-align: left; border-bottom: 1px solid #8884; }
th { vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
/* On a phone a wide table becomes a list, each cell with the name of its column; a plot stays readable, and scrolls. */
@media (max-width: 40rem) {
  th, td { padding: .3rem .4rem; font-size: .9rem; }
  .stack table, .stack tbody, .stack tr { display: block; } .stack thead { display: none; }
  .stack tr { border-bottom: 1px solid #8884; padding: .4rem 0; }
  .stack td { display: block; border: 0; padding: 0; max-width: none; text-align: left; white-space: normal; }
  .stack td:first-child { font-weight: 600; overflow-wrap: anywhere; } .stack td:empty { display: none; }
  .stack td:not(:first-child)::before { opacity: .75; }
}
.picture { overflow-x: auto; } .picture img { max-width: max(100%, 36rem); }
h3 { overflow-wrap: anywhere; margin-bottom: 0; } h3 + .picture { margin-top: .5rem; }
.picture.small img { max-width: 100%; }
img { max-width: 100%; background: white; border-radius: 4px; }
.gallery img { min-width: min(6rem, 100%); }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: .9rem; overflow-wrap: anywhere; }
.bad { color: #c33; font-weight: 600; } .note { opacity: .75; } .lead { font-size: 1.2rem; font-weight: 600; }
"""


_PHONE_CHARACTERS = 44
"""Of a table's widest row that fit a phone of 390 pixels, and a third of the page."""

_SMALL_PICTURE = 500  # pixels: what can still be read when it is fitted to a third of the page, or to a phone


@dataclass
class _Section:
    parts: list[str] = field(default_factory=list)
    is_wide: bool = False
    has_tables_or_pictures: bool = False

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.is_wide or not self.has_tables_or_pictures

    def html(self) -> str:
        wide = ' class="wide"' if self.wide else ""
        return f"<section{wide}>\n" + "\n".join(self.parts) + "\n</section>"


class ReportPage:
    """Collects sections, top to bottom; all text is escaped.

    Args:
        title: of the page.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._sections = [_Section()]
        self._stacked = 0

    def heading(self, text: str, level: int = 2) -> None:
        """Start a section (level 2), or a part of one (3)."""
        if level == 2:
            self._sections.append(_Section())
        self._add(f"<h{level}>{escape(text)}</h{level}>")

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph; `kind` may be `lead`, `note` or `bad`."""
        self._add(f'<p class="{escape(kind)}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table; columns whose cells all start with a digit are aligned as numbers."""
        numeric = numeric_columns(head, rows)
        kinds = [' class="number"' if right else "" for right in numeric]
        cells = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(head, kinds, strict=True))
        body = "".join("<tr>" + _cells(row, kinds) + "</tr>" for row in rows)
        table = f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
        is_wide = _characters(head, rows, numeric) > _PHONE_CHARACTERS
        self._needs_space(is_wide)
        self._add(self._stacking(head, table) if is_wide else f'<div class="table">{table}</div>')

    def _stacking(self, head: Sequence[str], table: str) -> str:
        """Return a table that becomes a list on a phone; its style knows the names of the columns."""
        self._stacked += 1
        name = f"stack{self._stacked}"
        names = "".join(
            f"#{name} td:nth-child({place})::before{{content:{_css_string(f'{text}: ')}}}"
            for place, text in enumerate(head[1:], 2)
            if text
        )
        style = f"<style>@media (max-width: 40rem) {{{names}}}</style>"
        return f'{style}<div class="table stack" id="{name}">{table}</div>'

    def picture(self, png: Path, description: str, has_words: bool = True) -> None:
        """Embed a PNG file; one without words is never too small for a phone."""
        content = png.read_bytes()
        width = int.from_bytes(content[16:20], "big")  # in a PNG's header
        self._needs_space(width > _SMALL_PICTURE)
        encoded = base64.b64encode(content).decode()
        kind = "picture small" if width <= _SMALL_PICTURE or not has_words else "picture"
        self._add(f'<p class="{kind}"><img alt="{escape(description)}" src="data:image/png;base64,{encoded}"></p>')

    def gallery(self, figures: Sequence[tuple[Sequence[bytes], str]]) -> None:
        """Add small pictures in rows.

        Args:
            figures: JPEG files that belong together, and their caption.
        """
        shown = "".join(f"<figure>{_images(jpegs, text)}{_caption(text)}</figure>" for jpegs, text in figures)
        self._needs_space(True)
        self._add(f'<div class="gallery">{shown}</div>')

    def _add(self, part: str) -> None:
        self._sections[-1].parts.append(part)

    def _needs_space(self, is_wide: bool) -> None:
        """Note that the section has something to look at, and whether that needs the whole width."""
        section = self._sections[-1]
        section.has_tables_or_pictures = True
        section.is_wide = section.is_wide or is_wide

    def html(self) -> str:
        """Return the whole page."""
        head = (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self._title)}</title><style>{_STYLE}</style></head>"
        )
        shown = [section for section in self._sections if section.parts]
        for before, section, after in zip([None, *shown], shown, [*shown[1:], None], strict=False):
            if not any(near is not None and not near.wide for near in (before, after)):
                section.is_wide = True  # nothing could stand beside it
        body = "\n".join(section.html() for section in shown)
        return f"{head}<body>\n<h1>{escape(self._title)}</h1>\n<main>\n{body}\n</main>\n</body></html>\n"


def _characters(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> int:
    """Return about how many characters the widest row needs: numbers stay on one line, words wrap."""
    width = 0
    for place, name in enumerate(head):
        cells = [row[place] for row in rows]
        words = [word for text in (name, *([] if numeric[place] else cells)) for word in text.replace("-", " ").split()]
        width += 2 + max((len(text) for text in [*words, *(cells if numeric[place] else ())]), default=0)
    return width


def _css_string(text: str) -> str:
    """Quote for a style sheet inside HTML."""
    return '"' + "".join(f"\\{ord(one):x} " if one in '"\\<>&\n' else one for one in text) + '"'


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    return "".join(f"<td{kind}>{escape(text)}</td>" for text, kind in zip(row, kinds, strict=True))


def _images(jpegs: Sequence[bytes], description: str) -> str:
    encoded = (base64.b64encode(jpeg).decode() for jpeg in jpegs)
    return " ".join(f'<img alt="{escape(description)}" src="data:image/jpeg;base64,{text}">' for text in encoded)


def _caption(text: str) -> str:
    return f"<figcaption>{escape(text)}</figcaption>"
