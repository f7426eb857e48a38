"""Promises of the README: what it shows is what the programs say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMED = re.compile(r"`((?:edge_app|train|convert|benchmarks|results|tests)/[\w/]+\.\w+)`")
BLOCK = re.compile(r"<!-- help: (?P<program>\w+) (?P<verb>\w+) -->\n```\n(?P<text>.*?)```\n", re.DOTALL)


def help_of(program: str, verb: str) -> str:
    command = [sys.executable, "-m", program, verb, "--help"]
    environment = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_help_blocks_are_what_the_programs_print() -> None:
    blocks = list(BLOCK.finditer((ROOT / "README.md").read_text()))
    assert len(blocks) == 1
    for block in blocks:
        assert block["text"] == help_of(block["program"], block["verb"])


def test_every_file_that_the_papers_name_is_there() -> None:
    for paper in ("README.md", "CONTRIBUTING.md", "results/README.md"):
        for path in re.findall(
            r"`((?:edge_app|train|convert|benchmarks|results|tests)/[\w/]+\.\w+)`", (ROOT / paper).read_text()
        ):
            assert (ROOT / path).exists(), f"{paper} names {path}"
    for path in re.findall(r"\]\(([\w/]+\.\w+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / path).is_file(), path


if __name__ == "__main__":  # `python tests/test_readme.py` writes the blocks anew
    readme = ROOT / "README.md"
    readme.write_text(
        BLOCK.sub(
            lambda block: (
                f"<!-- help: {block['program']} {block['verb']} -->\n```\n"
                f"{help_of(block['program'], block['verb'])}```\n"
            ),
            readme.read_text(),
        )
    )
