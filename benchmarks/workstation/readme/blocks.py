"""The blocks of a Markdown file that are made from results: `<!-- table: NAME -->` to `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.workstation.readme.committed import Committed
from edge_app.atomic import write_text
from edge_app.errors import UsageError

_MARK = re.compile(r"<!-- table: (?P<name>[\w-]+) -->|<!-- end -->")

Tables = Mapping[str, Callable[[Committed], str]]


def stale_blocks(paper: str, results: Committed, tables: Tables) -> tuple[str, ...]:
    """Return the names of the blocks that differ from their results.

    Raises:
        UsageError: a block has no end, or nobody knows its name.
    """
    written, _ = _replaced(paper, results, tables)
    return written


def rewritten(paper: str, results: Committed, tables: Tables) -> str:
    """Return the paper with every block made anew; everything between the blocks stays.

    Raises:
        UsageError: a block has no end, or nobody knows its name.
    """
    _, text = _replaced(paper, results, tables)
    return text


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
    stale, text = _replaced(paper, Committed(root), tables)
    if not stale:
        print(f"{readme}: every table is what its results say")
        return 0
    names = ", ".join(stale)
    if check:
        print(f"{readme}: not what the results say: {names}; run: python -m benchmarks readme")
        return 1
    write_text(readme, text)
    print(f"{readme}: rewritten: {names}")
    return 0


def _replaced(paper: str, results: Committed, tables: Tables) -> tuple[tuple[str, ...], str]:
    stale, parts, place = [], [], 0
    marks = list(_MARK.finditer(paper))
    for begin, end in zip(marks[::2], [*marks[1::2], None], strict=False):
        _check(begin, end, tables)
        assert end is not None  # _check has seen to it
        old, new = paper[begin.end() : end.start()], f"\n{tables[begin['name']](results)}\n"
        if old != new:
            stale.append(begin["name"])
        parts += [paper[place : begin.end()], new]
        place = end.start()
    return tuple(stale), "".join(parts) + paper[place:]


def _check(begin: re.Match[str], end: re.Match[str] | None, tables: Tables) -> None:
    if begin["name"] is None:
        raise UsageError("`<!-- end -->` ends no table; put `<!-- table: NAME -->` before it")
    if end is None or end["name"] is not None:
        raise UsageError(f"the table `{begin['name']}` has no end; put `<!-- end -->` behind it")
    if begin["name"] not in tables:
        raise UsageError(f"no table is called `{begin['name']}`; there are {', '.join(tables)}")
