"""The blocks of a Markdown file that are made from results: `<!-- table: NAME -->` to `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.publish.readme.committed import Committed
from edge_app.common.atomic_files import write_text
from edge_app.common.errors import UsageError

_MARK = re.compile(r"<!-- table: (?P<name>[\w-]+) -->|<!-- end -->")

Tables = Mapping[str, Callable[[Committed], str]]


@dataclass(frozen=True)
class Rewritten:
    """A paper with every block made anew.

    Attributes:
        text: the whole; everything between the blocks stays.
        stale: names of the blocks that were not what their results say.
    """

    text: str
    stale: tuple[str, ...]


def rewrite(paper: str, results: Committed, tables: Tables) -> Rewritten:
    """Make every block anew.

    Raises:
        UsageError: a block has no end, or nobody knows its name.
        ResultError: a result cannot be used.
    """
    stale, parts, place = [], [], 0
    marks = list(_MARK.finditer(paper))
    for begin, end in zip(marks[::2], [*marks[1::2], None], strict=False):
        name, stop = _checked(begin, end, tables)
        old, new = paper[begin.end() : stop], f"\n{tables[name](results)}\n"
        if old != new:
            stale.append(name)
        parts += [paper[place : begin.end()], new]
        place = stop
    return Rewritten("".join(parts) + paper[place:], tuple(stale))


def run_readme(readme: Path, root: Path, tables: Tables, check: bool) -> int:
    """Rewrite the blocks of a file, or say which of them differ.

    Args:
        readme: Markdown file.
        root: folder of the results.
        tables: by name.
        check: only look.

    Returns:
        Exit code: 1 if `check` found a difference.

    Raises:
        UsageError: the file cannot be read, or its blocks are broken.
        ResultError: a result cannot be used.
    """
    try:
        paper = readme.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`{readme}` cannot be read ({error}); name a Markdown file with --readme") from error
    made = rewrite(paper, Committed(root), tables)
    if not made.stale:
        print(f"{readme}: every table is what its results say")
        return 0
    names = ", ".join(made.stale)
    if check:
        print(f"{readme}: not what the results say: {names}; run: python -m benchmarks experiment readme")
        return 1
    write_text(readme, made.text)
    print(f"{readme}: rewritten: {names}")
    return 0


def _checked(begin: re.Match[str], end: re.Match[str] | None, tables: Tables) -> tuple[str, int]:
    """Return the name of a block and the place where its content ends."""
    name = begin["name"]
    if name is None:
        raise UsageError("`<!-- end -->` ends no table; put `<!-- table: NAME -->` before it")
    if end is None or end["name"] is not None:
        raise UsageError(f"the table `{name}` has no end; put `<!-- end -->` behind it")
    if name not in tables:
        raise UsageError(f"no table is called `{name}`; there are {', '.join(tables)}")
    return name, end.start()
