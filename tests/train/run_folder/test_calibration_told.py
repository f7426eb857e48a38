"""Promise: console, report and `run.json` say where calibration did not help, and why."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.__main__ import main


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Two colours that nobody mistakes."""
    for label, colour_bgr in (("blue", (200, 50, 50)), ("red", (50, 50, 200))):
        folder = tmp_path / "colours" / label
        folder.mkdir(parents=True)
        for number in range(30):
            noise = np.random.default_rng(number).integers(0, 40, (32, 32, 3))
            cv2.imwrite(str(folder / f"{number}.png"), np.uint8(noise + np.array(colour_bgr)))
    return tmp_path / "colours"


def test_a_temperature_that_stays_at_1_is_told_with_its_reason(
    colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ["--recipe", "tiny", "--image-size", "32", "--epochs", "4", "--batch-size", "16"]
    assert main([str(colours), *words, "--out", str(run)]) == 0
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    count = metrics["validation"]["photographs"]
    assert metrics["validation"]["correct"] == count
    told = (
        f"calibration changed nothing (temperature 1): all {count} validation photographs are classified correctly, "
        "which does not show how confident the network may be"
    )
    assert record["temperature"] == 1.0
    assert record["calibration_sentences"] == [told]
    assert told in capsys.readouterr().out.splitlines()
    assert f"C{told[1:]}." in (run / "report.html").read_text(encoding="utf-8")
