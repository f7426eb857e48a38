"""Promises of the drawn exposures: a folder of readable pictures of all kinds, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.neither.exposures import KINDS, SIZE
from edge_app.photographs.decoder import read_photograph


def _draw(out: Path, *more: str) -> int:
    return main(["experiment", "drawn", "--pictures", str(len(KINDS)), "--out", str(out), *more])


def test_pictures_can_be_read_and_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, seed in (("one", "0"), ("again", "0"), ("other", "1")):
        assert _draw(tmp_path / name, "--seed", seed) == 0
    files = {
        name: [path.read_bytes() for path in sorted((tmp_path / name).iterdir())] for name in ("one", "again", "other")
    }
    assert files["one"] == files["again"]
    assert not set(files["one"]) & set(files["other"])
    assert len(set(files["one"])) == len(KINDS)
    for path in (tmp_path / "one").iterdir():
        assert read_photograph(path).shape == (*SIZE, 3)


def test_a_folder_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cat.jpg").write_bytes(b"mine")
    assert _draw(tmp_path / "mine") == 1
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["cat.jpg"]
