"""Promises of reading a run folder: what it says comes back, and whatever is wrong is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_app.common.errors import RunFolderError
from edge_app.model.card import Size
from edge_app.model.run_folder import RecordedFile, RunInput, read_recorded_files, read_run_json, run_input

RUN = {
    "schema_version": 1,
    "labels": ["cat", "dog"],
    "input_size": 96,
    "resize": "squash",
    "interpolation": "bilinear",
}


def test_what_run_json_says_about_the_input_comes_back(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    assert run_input(read_run_json(tmp_path)) == RunInput(("cat", "dog"), Size(96, 96), "squash", "bilinear")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, r"is no run folder \(no run.json\)"),
        ("{", "cannot be read"),
        ("[]", "is no JSON object"),
        ("{}", "has schema version None where this program knows 1; use the FieldLens that made it, or train again"),
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
def test_unknown_values_are_no_input(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"fold|guess|wide"):
        run_input({**RUN, **change})


def test_splits_are_read_with_the_copies_and_without_that_column(tmp_path: Path) -> None:
    (tmp_path / "splits.csv").write_text('path,label,split,copy_of\n"a,b.jpg",cat,train,\nc.jpg,cat,train,"a,b.jpg"\n')
    assert read_recorded_files(tmp_path) == [
        RecordedFile("a,b.jpg", "cat", "train"),
        RecordedFile("c.jpg", "cat", "train", "a,b.jpg"),
    ]
    (tmp_path / "splits.csv").write_text("path,label,split\na.jpg,cat,test\n")
    assert read_recorded_files(tmp_path) == [RecordedFile("a.jpg", "cat", "test")]


def test_a_missing_or_damaged_splits_csv_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no readable splits.csv"):
        read_recorded_files(tmp_path)
    for content in (b"something,else\n1,2\n", b"path,label,split\n\xff\xfe,cat,train\n"):
        (tmp_path / "splits.csv").write_bytes(content)
        with pytest.raises(RunFolderError, match=r"no readable splits.csv"):
            read_recorded_files(tmp_path)
