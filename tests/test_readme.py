"""Promises of the README: what it shows is what the programs say."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAPERS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NAMED = re.compile(r"`((?:edge_app|train|convert|benchmarks|results|tests)/[\w/]+\.\w+)`")
COMMAND = re.compile(
    r"^(?:.* \|\| )?python -m (?P<program>train|convert|edge_app|benchmarks) (?P<words>[^#|;\n]*)", re.MULTILINE
)
EXTRAS = re.compile(r"pip install '\.\[(?P<extras>[\w,-]+)\]'")
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
    for paper in ("README.md", "CONTRIBUTING.md", "results/README.md", "docs/training_at_scale.md"):
        for path in re.findall(
            r"`((?:edge_app|train|convert|benchmarks|results|tests)/[\w/]+\.\w+)`", (ROOT / paper).read_text()
        ):
            assert (ROOT / path).exists(), f"{paper} names {path}"
    for path in re.findall(r"\]\(([\w/]+\.\w+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / path).is_file(), path


def commands() -> Iterator[tuple[str, list[str]]]:
    """Program and words of every command that the papers show."""
    for paper in PAPERS:
        for block in re.findall(r"^```\n(.*?)^```$", paper.read_text(), re.DOTALL | re.MULTILINE):
            for match in COMMAND.finditer(joined(block)):
                words = [word for word in shlex.split(match["words"]) if word != "$resume"]
                yield match["program"], words


def joined(block: str) -> str:
    """One line per command, without the variables in front of it."""
    return re.sub(r"^\w+='[^']*' ", "", re.sub(r" *\\\n\s*", " ", block), flags=re.MULTILINE)


@pytest.mark.parametrize(("program", "words"), sorted(commands()))
def test_every_command_that_the_papers_show_has_options_that_exist(program: str, words: list[str]) -> None:
    assert importlib.import_module(f"{program}.__main__").PROGRAM.parse(words)


def test_every_extra_that_the_papers_install_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {name for paper in PAPERS for match in EXTRAS.finditer(paper.read_text()) for name in match[1].split(",")}
    assert {"train-gpu", "edge"} <= named <= set(extras)


if __name__ == "__main__":  # `python -m tests.test_readme` writes the blocks anew
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
