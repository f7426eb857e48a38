"""Promises of the comparison in time: the same material for both, and curves that say when a goal was reached."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.training.course import Curve, Point


def test_the_time_to_a_goal_is_that_of_the_first_epoch_that_reached_it() -> None:
    curve = Curve("any", 9.0, (Point(3.0, 0.97), Point(6.0, 0.981), Point(9.0, 0.979)))
    assert curve.time_to(0.98) == 6.0
    assert curve.time_to(0.99) is None


def test_both_train_on_real_photographs_and_the_result_has_both_curves(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = tmp_path / "pets"
    photographs.mkdir()
    for label in ("cat", "dog"):
        for path in sorted((data_folder / "dogs_vs_cats" / "train").glob(f"{label}.*"))[:50]:
            shutil.copy(path, photographs)
    hub = data_folder / "weights" / "hub_mobilenet_v2_100_224_feature_vector"
    words = ["experiment", "course", "--photos", str(photographs), "--hub", str(hub), "--epochs", "2"]
    assert main([*words, "--out", str(tmp_path / "course.json")]) == 0
    result = json.loads((tmp_path / "course.json").read_text())["payload"]
    names = [curve["name"] for curve in result["curves"]]
    assert names == ["features once", "hub layer in the loop"]
    for curve in result["curves"]:
        assert len(curve["points"]) == 2
        assert curve["points"][-1]["accuracy"] > 0.7  # both heads learn, in four steps
        assert 0 < curve["points"][0]["time_s"] < curve["points"][1]["time_s"] <= curve["duration_s"] + 1e-6
    assert (tmp_path / "course.png").is_file()
    assert "time to 98%" in capsys.readouterr().out
