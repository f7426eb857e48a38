"""The outputs that the documents show are made by running the commands: `python -m tests.docs.samples` does it.

All of them take some minutes, most of them `make demo`. `python -m tests.docs.samples --help-texts` makes only the help
texts and the tables that follow from the code, in seconds; those are what a test compares.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.docs.pages import OUTPUT, PAGES, ROOT, TABLE, read
from tests.docs.tables import TABLES

_COLUMNS = "100"  # what fits beside the navigation at 1280 pixels


def output_of(command: str) -> str:
    """Return what a command prints on standard output, run in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COLUMNS": _COLUMNS, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", *_words(command)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    return _as_readers_see_it(command, done.stdout)


def _words(command: str) -> list[str]:
    if command == "make demo":
        return ["benchmarks", "experiment", "demo"]
    program, *words = shlex.split(command)
    return ["tests.docs.console" if program == "fieldlens" else program, *words]


def _as_readers_see_it(command: str, text: str) -> str:
    if command == "make demo":
        text = text[text.index("Done in") :]
    text = text.replace(f"{Path(sys.executable).parent}/", ".venv/bin/").replace(f"{ROOT}/", "")
    lines = text.strip("\n").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def is_deterministic(command: str) -> bool:
    """Whether a command prints the same everywhere and every time."""
    return command.endswith(("--help", "--help-all"))


def renewed(page: str, runs: Callable[[str], bool]) -> str:
    """Return a page with its tables made anew, and the outputs of those commands that `runs` wants."""
    with_tables = TABLE.sub(
        lambda block: f"<!-- generated: {block['name']} -->\n{TABLES[block['name']]()}<!-- end -->", page
    )
    return OUTPUT.sub(lambda block: _block(block) if runs(block["command"]) else block[0], with_tables)


def _block(block: re.Match[str]) -> str:
    return f'```{block["language"]} title="{block["command"]}"\n{output_of(block["command"])}```'


def main() -> None:
    """Rewrite the blocks of all pages."""
    runs = is_deterministic if "--help-texts" in sys.argv else lambda _: True
    for page in PAGES:
        page.write_text(renewed(read(page), runs), encoding="utf-8")


if __name__ == "__main__":
    main()
