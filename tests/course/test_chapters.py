"""Every chapter runs on drawn pets, and the checks of its exercises refuse open answers and accept the solutions.

Later chapters use what earlier ones left, so all run in one folder, in their order.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.course.__main__ import main
from tests.course.chapters import read_chapter, read_course
from tests.course.execution import execute, keep, kept_outputs, parameters_of
from tests.course.pages import rendered
from tests.docs.pages import CHAPTERS


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_without_weights_or_photographs(path: Path, desk: Path) -> None:
    chapter = read_chapter(path)
    executed = execute(chapter, desk, parameters_of(), weights=False)
    ran = [
        cell for cell in executed.cells if cell.cell_type == "code" and "weights" not in cell.metadata.get("tags", ())
    ]
    assert ran
    keep(chapter, executed)
    page = rendered(executed, desk / "pages" / chapter.name, executed=True)
    assert page.startswith("# ")
    assert kept_outputs(chapter) is not None


def test_every_chapter_asks_shows_and_lets_try() -> None:
    for chapter in read_course():
        first = chapter.notebook.cells[0].source.splitlines()
        assert first[0].startswith("# ")
        assert first[2].startswith("**"), f"{chapter.name}: its question"
        assert "?" in first[2], f"{chapter.name}: its question"
        code = [cell for cell in chapter.notebook.cells if cell.cell_type == "code"]
        assert any("alt" in cell.metadata for cell in code), f"{chapter.name}: a picture"
        assert chapter.solutions, f"{chapter.name}: an exercise"


def test_cells_are_short_and_import_from_the_faces_of_the_packages_only() -> None:
    inner: list[str] = []
    for chapter in read_course():
        for cell in chapter.notebook.cells:
            if cell.cell_type == "code":
                assert len(cell.source.splitlines()) <= 20, f"{chapter.name}: {cell.source[:60]}"
                imports = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.ImportFrom)]
                inner += [f"{chapter.name}: {node.module}" for node in imports if _is_inner(node.module or "")]
    assert inner == []


def _is_inner(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package in ("edge_app", "train", "convert", "benchmarks") and bool(rest)


@pytest.mark.parametrize("words", [("stage", "--execute"), ("time", "--photos", "a", "--out", "b", "--overwrite")])
def test_the_verbs_take_the_options_that_make_and_the_results_name(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
