"""Promises of the comparison in time: the same material for both, and curves that say when a goal was reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.__main__ import main
from benchmarks.experiments.training.course import Curve, Point
from tests.networks import save_hub_module


def test_the_time_to_a_goal_is_that_of_the_first_epoch_that_reached_it() -> None:
    curve = Curve("any", 9.0, (Point(3.0, 0.97), Point(6.0, 0.981), Point(9.0, 0.979)))
    assert curve.time_to(0.98) == 6.0
    assert curve.time_to(0.99) is None


def colours(pictures: Any) -> Any:
    """(n, 12288) features: by how much each colour is above grey, so many times over that two steps can learn it."""
    means = tf.reduce_mean(pictures, (1, 2))
    return tf.tile(4.0 * tf.nn.relu(means - tf.reduce_mean(means, 1, keepdims=True)), (1, 4096))


def test_both_train_and_the_result_has_both_curves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = tmp_path / "pets"
    photographs.mkdir()
    rng = np.random.default_rng(0)
    for label, colour_bgr in (("cat", (90, 0, 0)), ("dog", (0, 0, 90))):
        for number in range(50):
            noise = rng.integers(0, 160, (64, 64, 3), np.uint8)
            assert cv2.imwrite(str(photographs / f"{label}.{number}.jpg"), noise + np.array(colour_bgr, np.uint8))
    hub = save_hub_module(colours, tmp_path / "hub", 224)
    words = ["experiment", "course", "--photos", str(photographs), "--hub", hub, "--epochs", "2"]
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
