"""Promises of `convert calibration`: the very photographs of a conversion, as files for other compilers."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from convert.__main__ import main
from convert.quantize.calibration import from_training
from convert.run_folder import read_run_folder
from tests.conftest import Chain


def test_the_photographs_are_those_of_a_conversion(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "calibration"
    assert main(["calibration", str(chain.run), str(out), "--calibration-photographs", "30"]) == 0
    images_rgb = np.load(out / "images.npy")
    np.testing.assert_array_equal(images_rgb, from_training(read_run_folder(chain.run), 30).images_rgb)
    for number, image_rgb in enumerate(images_rgb):
        stored = cv2.imread(str(out / "images" / f"{number:04d}.png"))
        np.testing.assert_array_equal(stored[..., ::-1], image_rgb)
    facts = json.loads((out / "calibration.json").read_text())
    assert (facts["labels"], facts["width"], facts["height"]) == (["cat", "dog"], 48, 48)
    assert facts["photographs"]["photographs"] == 30


def test_nothing_is_replaced_unless_asked(chain: Chain, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["calibration", str(chain.run), str(tmp_path / "out"), "--calibration-photographs", "10"]
    assert main(words) == 0
    assert main(words) == 1
    assert "exists already" in capfd.readouterr().err
    assert main([*words, "--overwrite"]) == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert main(["calibration", str(chain.run), str(tmp_path / "mine"), "--overwrite"]) == 1
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
