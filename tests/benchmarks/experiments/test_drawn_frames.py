"""Promises of the drawn pets to train on: as many of each class, repeatable, none of them shown by the demo."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import pytest

from benchmarks.__main__ import main
from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.photographs.folders import find_photographs


def test_frames_are_balanced_and_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "drawn", "--pets", "--pictures", "7", "--out", str(tmp_path / "pets")]) == 0
    assert f"drawn   7 pictures in {tmp_path / 'pets'}" in capsys.readouterr().out
    found = find_photographs(tmp_path / "pets")
    assert Counter(file.label for file in found.files) == {"cat": 4, "dog": 3}
    encoded = [(found.root / file.path).read_bytes() for file in found.files]
    assert len(set(encoded)) == 7
    assert main(["experiment", "drawn", "--pets", "--pictures", "7", "--out", str(tmp_path / "again")]) == 0
    again = find_photographs(tmp_path / "again")
    assert [(again.root / file.path).read_bytes() for file in again.files] == encoded


def test_no_frame_is_one_that_the_demo_shows(tmp_path: Path) -> None:
    assert main(["experiment", "drawn", "--pets", "--pictures", "4", "--out", str(tmp_path / "pets")]) == 0
    shown = [DrawnCamera(0).frame(number * 45 + 22)[0] for number in range(10)]
    for path in sorted((tmp_path / "pets").rglob("*.jpg")):
        image = cv2.imread(str(path))
        assert image is not None
        assert min(float(cv2.absdiff(image, one).mean()) for one in shown) > 10.0
