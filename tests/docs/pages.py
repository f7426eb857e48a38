"""The documents: which there are, and how a block in them is found."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

CHAPTERS = tuple(sorted((ROOT / "docs" / "course").glob("[0-9]*.md")))
"""The course: notebooks kept as Markdown."""

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md")))
"""What users and contributors read."""

RESULTS_PAGE = ROOT / "results" / "README.md"

OUTPUT = re.compile(r'^```(?P<language>\w+) title="(?P<command>[^"]+)"\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE)
"""A block with a title shows what that command prints."""

TABLE = re.compile(r"<!-- generated: (?P<name>[\w ]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)
"""A table that is made from the code."""

COMMANDS = re.compile(r"^(?:```|~~~)(?:sh|bash)\n(.*?)^(?:```|~~~)$", re.DOTALL | re.MULTILINE)
"""A block of commands to paste; between tildes in the course, where backticks are cells that run."""


def read(page: Path) -> str:
    """Return the text of a page."""
    return page.read_text(encoding="utf-8")
