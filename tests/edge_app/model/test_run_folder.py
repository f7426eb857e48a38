"""Promises of reading a run folder: what it says comes back, and whatever is wrong is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_app.common.errors import RunFolderError
from edge_app.model.card import Size
from edge_app.model.run_folder import (
    RecordedFile,
    damage_reported,
    read_recorded_files,
    read_run_json,
    read_trained_run,
    trained_run,
)

RUN = {
    "schema_version": 1,
    "labels": ["cat", "dog"],
    "input_size": 96,
    "resize": "squash",
    "interpolation": "bilinear",
}


def test_what_run_json_says_about_the_input_comes_back(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    run = trained_run(tmp_path, read_run_json(tmp_path))
    assert (run.labels, run.input_size, run.resize) == (("cat", "dog"), Size(96, 96), "squash")
    assert (run.interpolation, run.input_statistics, run.neither_threshold) == ("bilinear", "none", None)
    more = {"neither_threshold": 0.5, "recipe": {"input_statistics": "zca"}, "data": {"folder": "photos"}}
    run = trained_run(tmp_path, {**RUN, **more})
    assert (run.input_statistics, run.neither_threshold, run.record["labels"]) == ("zca", 0.5, ["cat", "dog"])
    assert run.photograph_folder() == Path("photos")
    assert run.photograph_folder(Path("moved")) == Path("moved")


def test_a_run_needs_its_saved_model_and_readable_values(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**RUN, "labels": None}))
    with pytest.raises(RunFolderError, match="has no saved_model"):
        read_trained_run(tmp_path)
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "saved_model.pb").touch()
    with pytest.raises(RunFolderError, match=r"run\.json` is damaged \(TypeError"):
        read_trained_run(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    assert read_trained_run(tmp_path).saved_model == tmp_path / "saved_model"


def test_the_test_accuracy_is_read_where_it_is_recorded(tmp_path: Path) -> None:
    run = trained_run(tmp_path, RUN)
    assert run.test_accuracy() is None
    (tmp_path / "metrics.json").write_text('{"test": {"accuracy": 0.75}}')
    assert run.test_accuracy() == 0.75


def test_a_picture_is_prepared_as_for_training(tmp_path: Path) -> None:
    blue_bgr = np.full((50, 120, 3), (200, 0, 0), np.uint8)
    prepared = trained_run(tmp_path, RUN).prepare(blue_bgr)
    assert prepared.shape == (96, 96, 3)
    assert prepared[0, 0].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, r"is not a run folder \(no run.json\)"),
        ("{", "cannot be read"),
        ("[]", "is not a JSON object"),
        ("[" * 100_000, "cannot be read .*recursion"),
        (
            "{}",
            "has schema version None, but this program reads version 1; use the FieldLens that made it, or train again",
        ),
        ('{"schema_version": 2}', "has schema version 2"),
    ],
)
def test_whatever_is_wrong_is_said(content: str | None, sentence: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunFolderError, match=sentence):
        read_run_json(tmp_path)
    with pytest.raises(RunFolderError, match="does not exist"):
        read_run_json(tmp_path / "nowhere")


@pytest.mark.parametrize("change", [{"resize": "fold"}, {"interpolation": "guess"}, {"input_size": "wide"}])
def test_unknown_values_are_refused(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"fold|guess|wide"):
        trained_run(tmp_path, {**RUN, **change})


def test_splits_are_read_with_the_copies_and_without_that_column(tmp_path: Path) -> None:
    (tmp_path / "splits.csv").write_text('path,label,split,copy_of\n"a,b.jpg",cat,train,\nc.jpg,cat,train,"a,b.jpg"\n')
    assert read_recorded_files(tmp_path) == [
        RecordedFile("a,b.jpg", "cat", "train"),
        RecordedFile("c.jpg", "cat", "train", "a,b.jpg"),
    ]
    (tmp_path / "splits.csv").write_text("path,label,split\na.jpg,cat,test\n")
    assert read_recorded_files(tmp_path) == [RecordedFile("a.jpg", "cat", "test")]
    (tmp_path / "splits.csv").write_text("path,label,split,copy_of,group\na.jpg,cat,test,,one\nb.jpg,cat,test,,\n")
    assert [file.group for file in read_recorded_files(tmp_path)] == ["one", ""]


def test_a_missing_or_damaged_splits_csv_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no readable splits.csv"):
        read_recorded_files(tmp_path)
    for content in (b"something,else\n1,2\n", "path,label,split\na.jpg,cat,train\n".encode("utf-16")):
        (tmp_path / "splits.csv").write_bytes(content)
        with pytest.raises(RunFolderError, match=r"no readable splits.csv"):
            read_recorded_files(tmp_path)


@pytest.mark.parametrize("size", [1e999, 10**400, [], None])
def test_a_size_that_is_no_number_is_one_sentence(size: object, tmp_path: Path) -> None:
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "saved_model.pb").touch()
    (tmp_path / "run.json").write_text(json.dumps({**RUN, "input_size": size}))
    with pytest.raises(RunFolderError, match=r"(run.json` is damaged|at least 1×1)"):
        read_trained_run(tmp_path)


@pytest.mark.parametrize("content", ["[" * 100_000, '{"test": {"accuracy": 1%s}}' % ("0" * 400)])
def test_an_accuracy_that_cannot_be_read_is_not_recorded(content: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(content)
    assert trained_run(tmp_path, RUN).test_accuracy() is None


@pytest.mark.parametrize("cuts", [["cat"], {"cat": [0.1, 0.2, 0.3, 0.4, 0.5]}, {"cat": "wide"}])
def test_cuts_that_are_damaged_are_one_sentence(cuts: object, tmp_path: Path) -> None:
    run = trained_run(tmp_path, {**RUN, "data": {"cuts": cuts}})
    with pytest.raises(RunFolderError, match="is damaged"):
        run.cuts()


def test_a_photograph_with_a_path_that_no_system_takes_is_one_sentence(tmp_path: Path) -> None:
    sentence = r"names a file whose path no system takes \([\d,]+ letters\)"
    with pytest.raises(RunFolderError, match=sentence), damage_reported(tmp_path):
        (tmp_path / ("x" * 5000)).stat()
    with pytest.raises(FileNotFoundError), damage_reported(tmp_path):
        (tmp_path / "gone").stat()
