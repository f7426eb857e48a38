"""The course with pretrained weights, and on a reader's own photographs: three classes of thirty."""

from __future__ import annotations

from pathlib import Path

from tests.course.__main__ import CLASSES, few_photographs
from tests.course.chapters import read_course
from tests.course.execution import execute, keep, parameters_of
from train import open_run

OWN = ("01", "02", "05", "06", "07", "08")
"""From the first network to a model on a device, measured."""


def test_chapters_that_need_weights_run_on_drawn_pets(data_folder: Path, tmp_path: Path) -> None:
    for chapter in read_course():
        if chapter.tagged("weights") or chapter.name.startswith("01"):  # which makes what the others begin with
            keep(chapter, execute(chapter, tmp_path, parameters_of(), weights=True))
    assert open_run(tmp_path / "runs" / "transfer").labels == ("cat", "dog")


def test_a_reader_gets_from_her_photographs_to_a_measured_model(data_folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "photos" / "mine"
    few_photographs(data_folder / "flowers", own)
    for chapter in read_course():
        if chapter.name.startswith(OWN):
            execute(chapter, tmp_path, parameters_of(own), weights=True)
    run = open_run(tmp_path / "runs" / "transfer")
    assert len(run.labels) == CLASSES
    assert run.accuracy.low > 1 / CLASSES
    assert (tmp_path / "models" / "first" / "first-int8.tflite").is_file()
