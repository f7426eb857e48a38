"""A chapter of the course: a notebook kept as Markdown (jupytext), with tags that say what a cell is for.

Tags of code cells: `parameters` holds what a reader may change; `weights` needs pretrained weights; `exercise` holds
the reader's answer, still open, and `check` the assertions about it. A chapter's solutions are between `~~~python` and
`~~~`, in the order of its exercises. A cell that gives a picture has `alt`, its text for those who do not see it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext

from tests.docs.pages import CHAPTERS

_SOLUTION = re.compile(r"^~~~python\n(.*?)^~~~$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Chapter:
    """What a file of the course holds.

    Attributes:
        path: of the file.
        notebook: its cells, none executed.
        solutions: code for each exercise.
    """

    path: Path
    notebook: Any
    solutions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the file, without its suffix."""
        return self.path.stem

    @property
    def sha256(self) -> str:
        """Of its text; outputs of another text are stale."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def tagged(self, tag: str) -> list[Any]:
        """Return the cells that have a tag."""
        return [cell for cell in self.notebook.cells if tag in tags_of(cell)]


def tags_of(cell: Any) -> tuple[str, ...]:
    """Return what a cell is for."""
    return tuple(cell.metadata.get("tags", ()))


def read_chapter(path: Path) -> Chapter:
    """Read a chapter.

    Raises:
        ValueError: an exercise has no check or no solution.
    """
    notebook = jupytext.read(path)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    chapter = Chapter(path, notebook, tuple(_SOLUTION.findall(text)))
    counts = len(chapter.tagged("exercise")), len(chapter.tagged("check")), len(chapter.solutions)
    if len(set(counts)) != 1:
        raise ValueError(f"{path}: exercises, checks and solutions must be as many, received {counts}")
    return chapter


def read_course() -> list[Chapter]:
    """Read all chapters, in their order."""
    return [read_chapter(path) for path in CHAPTERS]
