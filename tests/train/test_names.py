"""Promises about file names that are not UTF-8, as old ZIP files leave them: all is made, and names read back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.model.run_folder import read_recorded_files
from train.__main__ import main

NAME = os.fsdecode(b"caf\xe9.png")


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Thirty red and thirty blue pictures; the first red one is called café in Latin-1."""
    random = np.random.default_rng(0)
    for label, colour_bgr in (("blue", (200, 50, 50)), ("red", (50, 50, 200))):
        folder = tmp_path / "photos" / label
        folder.mkdir(parents=True)
        for number in range(30):
            picture = np.uint8(random.integers(0, 40, (48, 48, 3)) + np.array(colour_bgr))
            cv2.imwrite(str(folder / f"{number}.png"), picture)
    first = tmp_path / "photos" / "red" / "0.png"
    first.rename(first.with_name(NAME))
    return tmp_path / "photos"


def test_a_run_is_complete_and_its_tables_give_the_name_back(photographs: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert main([str(photographs), "--recipe", "tiny", "--epochs", "1", "--out", str(run)]) == 0
    assert f"red/{NAME}" in [file.path for file in read_recorded_files(run)]
    assert (run / "report.html").read_text(encoding="utf-8")
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))


def test_screening_names_it(photographs: Path, tmp_path: Path) -> None:
    (photographs / "red" / NAME).write_bytes(b"no picture")
    assert main(["screen", str(photographs), "--out", str(tmp_path / "screen")]) == 0
    found = json.loads((tmp_path / "screen" / "screening.json").read_text(encoding="utf-8"))
    assert f"red/{NAME}" in json.dumps(found, ensure_ascii=False)
