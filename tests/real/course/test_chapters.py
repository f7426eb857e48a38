"""The course with pretrained weights, and on a reader's own photographs: three classes of thirty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.course.__main__ import few_photographs
from tests.course.chapters import Chapter, read_course
from tests.course.execution import execute, keep, parameters_of

COURSE = read_course()


@pytest.mark.parametrize("whose", ["drawn", "three times thirty"])
def test_the_chapters_that_need_weights_run(whose: str, data_folder: Path, tmp_path: Path) -> None:
    own = None if whose == "drawn" else tmp_path / "photos" / "mine"
    if own is not None:
        few_photographs(data_folder / "flowers", own)
    for chapter in COURSE:
        if chapter.tagged("weights") or _is_needed(chapter):
            executed = execute(chapter, tmp_path, parameters_of(own), weights=True)
            if own is None:
                keep(chapter, executed)
    accuracy = json.loads((tmp_path / "runs" / "first" / "metrics.json").read_text())["test"]["accuracy"]
    assert 0 < accuracy <= 1


def _is_needed(chapter: Chapter) -> bool:
    """The first chapter makes what the others begin with."""
    return chapter.name.startswith("01")
