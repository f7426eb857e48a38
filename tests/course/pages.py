"""The documents as the site shows them: the chapters with their outputs and pictures in the place of the notebooks."""

from __future__ import annotations

import base64
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from tests.course.chapters import Chapter, read_course, tags_of
from tests.course.execution import kept_outputs
from tests.places import REPOSITORY

STAGED = REPOSITORY / "build" / "docs"
"""What zensical builds the site of."""

_LONG_LINES = 6  # more printed lines than these are folded
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ASIDE = ("photos", "augmented", "runs", "models", "submission.csv", "*.ipynb", ".ipynb_checkpoints")
"""What a reader's own notebooks leave beside them."""


def stage(chapters: list[Chapter] | None = None) -> list[str]:
    """Copy the documents to `STAGED`, with the outputs that `kept_outputs` has.

    Returns:
        names of the chapters that are shown without outputs.
    """
    shutil.rmtree(STAGED, ignore_errors=True)
    shutil.copytree(REPOSITORY / "docs", STAGED, ignore=shutil.ignore_patterns(*_ASIDE))
    bare = []
    for chapter in read_course() if chapters is None else chapters:
        executed = kept_outputs(chapter)
        if executed is None:
            bare.append(chapter.name)
        page = rendered(executed or chapter.notebook, STAGED / "course" / chapter.name, executed is not None)
        (STAGED / "course" / f"{chapter.name}.md").write_text(page, encoding="utf-8")
    return bare


def rendered(notebook: Any, pictures: Path, executed: bool) -> str:
    """Return a notebook as a page; its pictures are written to a folder beside the page."""
    parts = [_cell(cell, pictures, f"{number:02d}") for number, cell in enumerate(notebook.cells, start=1)]
    left_out = executed and any(_left_out(cell) for cell in notebook.cells)
    note = "" if executed and not left_out else _NOTE.format("Some cells were" if left_out else "This chapter was")
    title, _, rest = "\n\n".join(part for part in parts if part).partition("\n")
    return f"{title}\n{note}{rest}\n"


_NOTE = "\n!!! note\n    {} not executed when this page was made. `make docs` says what they need.\n"


def _left_out(cell: Any) -> bool:
    return "weights" in tags_of(cell) and not cell.outputs


def _cell(cell: Any, pictures: Path, number: str) -> str:
    if cell.cell_type != "code":
        return str(cell.source)
    shown = [f"```python\n{cell.source}\n```"]
    for place, data in enumerate(_contents(cell.get("outputs", [])), start=1):
        shown.append(_output(data, cell.metadata.get("alt", ""), pictures, f"{number}-{place}"))
    return "\n\n".join(part for part in shown if part)


def _contents(outputs: list[Any]) -> list[dict[str, str]]:
    """Return by MIME type what each output holds.

    What was printed in pieces is one. Standard error is left out, and what a function of a plot returned beside it.
    """
    contents: list[dict[str, str]] = []
    printed: dict[str, str] | None = None
    for output in outputs:
        if output.output_type != "stream":
            printed = None
            contents.append(dict(output.get("data", {})))
        elif output.name == "stdout":
            if printed is None:
                contents.append(printed := {"text/plain": ""})
            printed["text/plain"] += output.text
    plots = any("image/png" in content for content in contents)
    return [content for content in contents if not plots or set(content) != {"text/plain"}]


def _output(data: dict[str, str], alt: str, pictures: Path, name: str) -> str:
    if "image/png" in data:
        return _picture(base64.b64decode(data["image/png"]), alt, pictures, name)
    if "text/markdown" in data:
        return data["text/markdown"]
    if "text/html" in data:
        return f'<div class="output">{data["text/html"]}</div>'
    return _printed(data.get("text/plain", ""))


def _printed(text: str) -> str:
    """Return a block of text, folded where it is long; a line that wrote over itself is shown as it ended."""
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in _ANSI.sub("", text).strip("\n").split("\n")]
    if not any(lines):
        return ""
    text = escape("\n".join(lines))
    block = f'<pre class="output"><code>{text}</code></pre>'
    if len(lines) <= _LONG_LINES:
        return block
    return f"<details><summary>What it printed</summary>{block}</details>"


def _picture(png: bytes, alt: str, pictures: Path, name: str) -> str:
    if not alt:
        raise ValueError(f'a picture of {pictures.name} has no text for those who do not see it: alt="…" of its cell')
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / f"{name}.png").write_bytes(png)
    return f"![{alt}]({pictures.name}/{name}.png)"
