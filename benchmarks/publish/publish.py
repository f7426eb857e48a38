"""The README's table and `docs/measured.md`: written from the results, or compared with them."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.publish.committed import Committed
from benchmarks.publish.document import measured_markdown
from benchmarks.publish.measures import README
from benchmarks.publish.page import markdown_table
from benchmarks.publish.rows import rows_of
from edge_app.common.atomic_files import write_text
from edge_app.common.errors import UsageError

BEGIN, END = "<!-- table: measured -->", "<!-- end -->"
README_HEAD = ("what", "measured", "details")


def best_few(results: Committed) -> str:
    """Return the README's table: the first value of each of its measures.

    Raises:
        ResultError: a result lacks what its row tells.
    """
    rows = [(name, row) for measure, name in README.items() for row in rows_of([measure], results)[:1]]
    cells = [(name, row.measured, row.found.note) for name, row in rows]
    return markdown_table(README_HEAD, cells) if cells else "Not measured yet."


def with_table(text: str, table: str) -> str:
    """Return a Markdown text with another table between the marks; nothing else changes.

    Raises:
        UsageError: the marks are not there once, in their order.
    """
    found = re.fullmatch(f"(.*{BEGIN}\n).*(\n{END}.*)", text, re.DOTALL)
    if found is None or (text.count(BEGIN), text.count(END)) != (1, 1):
        raise UsageError(
            f"the README has no place for the table; put a line `{BEGIN}` and a line `{END}` into it, once"
        )
    return found[1] + table + found[2]


def run_publish(readme: Path, page: Path, root: Path, check: bool) -> int:
    """Write the README's table and the page of all results, or say which of them differ.

    Args:
        readme: Markdown file with the marks.
        page: `measured.md`, written as a whole.
        root: folder of the results.
        check: only look.

    Returns:
        Exit code: 1 if `check` found a difference.

    Raises:
        UsageError: the README cannot be read, or has no place for the table.
        ResultError: a result cannot be used.
    """
    results, text = Committed(root), _read(readme)
    made = {readme: with_table(text, best_few(results)), page: measured_markdown(results)}
    before = {readme: text, page: _read(page) if page.is_file() else ""}
    stale = [path for path in made if made[path] != before[path]]
    for path in stale:
        if check:
            print(f"{path}: not what the results say; run: fieldlens bench experiment publish")
        else:
            write_text(path, made[path])
            print(f"{path}: written")
    if not stale:
        print(f"{readme}, {page}: what the results say")
    return 1 if check and stale else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`{path}` cannot be read ({error}); name a Markdown file") from error
