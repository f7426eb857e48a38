"""Promises of the documents: what they show is what the programs say, and what they name is there."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import COMMANDS, OUTPUT, PAGES, RESULTS_PAGE, ROOT, TABLE, read
from tests.docs.samples import is_deterministic, output_of, renewed
from tests.docs.tables import TABLES

README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
SITE = tuple(sorted((ROOT / "docs").glob("**/*.md")))
PROGRAMS = {"train": "train", "convert": "convert", "app": "edge_app", "bench": "benchmarks"}
COMMAND = re.compile(
    r"^(?:.* (?:\|\||&&) )?(?:[\w./-]*python -m (?P<module>train|convert|edge_app|benchmarks)\b"
    r"|fieldlens (?P<program>train|convert|app|bench)\b)(?P<words>[^#|;\n]*)",
    re.MULTILINE,
)
EXTRAS = re.compile(r"pip install '\.\[(?P<extras>[\w,-]+)\]'")
NAMED = re.compile(r"`((?:edge_app|train|convert|benchmarks|results|tests|docs)/[\w/.-]*)`")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)|<img src=\"([^\"]+)\"")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#:]+)\)")


def titled_outputs() -> list[tuple[Path, str, str]]:
    """Page, command and text of every output that the documents show."""
    return [(page, found["command"], found["text"]) for page in PAGES for found in OUTPUT.finditer(read(page))]


def commands(pages: tuple[Path, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Module and words of every command that the pages show."""
    for page in pages:
        text = read(page)
        for block in [*COMMANDS.findall(text), *(found["command"] for found in OUTPUT.finditer(text))]:
            for match in COMMAND.finditer(joined(block)):
                words = [word for word in shlex.split(match["words"].rstrip(")")) if word != "$resume"]
                yield match["module"] or PROGRAMS[match["program"]], tuple(words)


def joined(block: str) -> str:
    """One line per command, without the variables in front of it."""
    return re.sub(r"^\w+='[^']*' ", "", re.sub(r" *\\\n\s*", " ", block), flags=re.MULTILINE)


@pytest.mark.parametrize(
    "command", sorted({command for _, command, _ in titled_outputs() if is_deterministic(command)})
)
def test_help_texts_are_what_the_programs_print(command: str) -> None:
    made = output_of(command)
    shown = [(page.name, text) for page, named, text in titled_outputs() if named == command]
    assert [(name, made) for name, _ in shown] == shown, "python -m tests.docs.samples --help-texts"


def test_no_output_is_empty() -> None:
    assert [command for _, command, text in titled_outputs() if not text.strip()] == []


def test_json_lines_have_the_fields_of_today() -> None:
    (lines,) = [text for _, command, text in titled_outputs() if command.endswith("--jsonl -")]
    printed = output_of("fieldlens app --source demo --frames 2 --jsonl -")
    assert [sorted(json.loads(line)) for line in lines.splitlines()] == [
        sorted(json.loads(line)) for line in printed.splitlines()
    ]


def test_tables_of_recipes_are_those_of_the_code() -> None:
    named = [found["name"] for page in PAGES for found in TABLE.finditer(read(page))]
    assert sorted(named) == sorted(TABLES)
    for page in PAGES:
        assert renewed(read(page), lambda _: False) == read(page), (
            f"{page.name}: python -m tests.docs.samples --help-texts"
        )


@pytest.mark.parametrize(("module", "words"), sorted({*commands(PAGES), *commands((RESULTS_PAGE,))}))
def test_every_command_that_the_documents_show_has_options_that_exist(module: str, words: tuple[str, ...]) -> None:
    program = importlib.import_module(f"{module}.__main__").PROGRAM
    if is_deterministic(" ".join(words)):
        with pytest.raises(SystemExit) as ended:
            program.parse(words)
        assert ended.value.code == 0
    else:
        assert program.parse(words)


def test_the_documents_show_commands_of_all_programs() -> None:
    assert {module for module, _ in commands((README,))} == set(PROGRAMS.values())
    assert len(list(commands(PAGES))) > 50
    assert len(list(commands((RESULTS_PAGE,)))) > 40


@pytest.mark.parametrize("page", [*PAGES, RESULTS_PAGE], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = read(page)
    files = [ROOT / path for path in NAMED.findall(text) if "NAME" not in path]
    pictures = [page.parent / (markdown or html) for markdown, html in PICTURE.findall(text)]
    links = [page.parent / path for path in LINK.findall(text)]
    assert [str(path) for path in (*files, *pictures, *links) if not path.exists()] == []


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    navigation = re.findall(r"\"([\w/]+\.md)\"", read(ROOT / "zensical.toml"))
    assert sorted(navigation) == sorted(page.relative_to(ROOT / "docs").as_posix() for page in SITE)


def test_the_readme_and_contributing_stay_short() -> None:
    assert len(README.read_bytes()) <= 9 * 1024
    assert len(CONTRIBUTING.read_bytes()) <= 6 * 1024


@pytest.mark.parametrize("program", PROGRAMS.values())
def test_contributing_names_every_room(program: str) -> None:
    (row,) = re.findall(rf"^\| `{program}/` \|(.*)$", read(CONTRIBUTING), re.MULTILINE)
    named = {word.split(".")[0] for word in re.findall(r"`([a-z_]+(?:\.py)?)`", row)}
    folders = [path for path in (ROOT / program).glob("[!_]*") if path.is_dir()]
    rooms = {path.name for path in folders if any(path.glob("[!_]*")) or (path / "__init__.py").exists()}
    assert rooms <= named, "CONTRIBUTING.md: layout"
    assert all((ROOT / program / name).is_dir() or (ROOT / program / f"{name}.py").is_file() for name in named)


def test_every_extra_that_the_documents_install_is_there() -> None:
    extras = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["optional-dependencies"]
    named = {name for page in PAGES for match in EXTRAS.finditer(read(page)) for name in match[1].split(",")}
    assert {"train-gpu", "edge", "edge-headless", "edge-tflite-runtime"} <= named <= set(extras)
