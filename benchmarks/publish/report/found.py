"""Which results a folder holds: every JSON file is one of ours, or the page is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.publish.readme.committed import Committed
from edge_app.common.errors import ResultError

LATENCY = "latency"
SWEEP = "sweep"
SUSTAINED = "sustained"
OPERATORS = "operators"
PEERS = "peers"
PAPERS = "papers"
TRAINING = "training"
CONVERSION = "conversion"
OTHER = "other"
PART = "part of a run"


@dataclass(frozen=True)
class Found:
    """One result.

    Attributes:
        name: of the file, from the folder on.
        kind: one of the constants of this module.
        content: of the file.
    """

    name: str
    kind: str
    content: Mapping[str, Any]


def find_results(results: Committed) -> tuple[Found, ...]:
    """Read every JSON file of a folder.

    Raises:
        ResultError: there is none, one cannot be read, or one is nobody's.
    """
    names = results.names("**/*.json") if results.root.is_dir() else ()
    if not names:
        raise ResultError(f"`{results.root}` holds no results (no JSON file); name a folder of results with --results")
    return tuple(_found(name, results) for name in names)


def picture_of(found: Found, root: Path) -> Path | None:
    """Return the plot that was drawn beside a result."""
    path = root / found.name
    beside = (path.with_suffix(".png"), *([path.with_name("plot.png")] if found.kind == LATENCY else []))
    return next((png for png in beside if png.is_file()), None)


def text_of(found: Found, root: Path) -> str:
    """Return the Markdown that was written beside a result; empty where there is none.

    Raises:
        ResultError: it cannot be read.
    """
    path = root / found.name
    path = path.with_name("table.md") if found.kind == LATENCY else path.with_suffix(".md")
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"`{path}` cannot be read ({error}); take it away") from error


def kind_of(name: str, content: Mapping[str, Any]) -> str | None:
    """Say what a result is: its envelope does, or its name if it is of a run folder; None: nothing of ours.

    Args:
        name: of the file, from the folder on.
        content: of the file.
    """
    kind = content.get("kind")
    path = PurePosixPath(name)
    if kind is None:
        return _BY_NAME.get(path.name)
    if kind == LATENCY and "sweep" in path.parts[:-1]:
        return PART  # a sweep keeps the raw times of its files beside itself: the sweep shows them
    return _BY_KIND.get(str(kind), OTHER)


_BY_NAME = {"run.json": PART, "metrics.json": PART, "conversion.json": CONVERSION}
_BY_KIND = {kind: kind for kind in (LATENCY, SWEEP, SUSTAINED, OPERATORS, PEERS, TRAINING)}
_BY_KIND |= {"paper": PAPERS, "course": TRAINING}


def _found(name: str, results: Committed) -> Found:
    content = results.read(name)
    kind = kind_of(name, content)
    if kind is None:
        raise ResultError(f"`{results.root / name}` is no result of FieldLens; take it out of the folder")
    return Found(name, kind, content)
