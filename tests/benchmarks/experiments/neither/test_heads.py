"""Promises of the experiment on outlier exposure: same heads, unseen classes judge, and exposure does its work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.neither import heads, pictures
from benchmarks.experiments.neither.heads import train_head
from benchmarks.experiments.neither.pictures import draw_scenes, draw_textures
from edge_app.metrics.confidence import auroc
from edge_app.model.card import Size
from tests.pictures import write_photographs
from train.evaluation.confidence import softmax
from train.models.architectures.mobilenet_v2 import MOBILENET_V2


def test_exposure_lowers_the_confidence_on_outliers_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MOBILENET_V2", replace(MOBILENET_V2, head_epochs=10, head_learning_rate=0.03))
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, 1000)
    features = rng.normal(0, 1.0, (1000, 6)).astype(np.float32)
    features[:, 0] += 6.0 * targets - 3.0

    def outliers(direction: int) -> np.ndarray:  # like class 1, with something else beside it
        made = rng.normal(0, 1.0, (100, 6)).astype(np.float32)
        made[:, 0] += 3.0
        made[:, 3] += 6.0  # common to all outliers
        made[:, direction] += 2.0
        return made

    found = {}
    for weight in (0.0, 0.5):
        head = train_head(features, targets, 2, outliers(4), hidden_units=0, weight=weight, seed=0)
        real, other = (softmax(np.asarray(head(x))).max(axis=1) for x in (features, outliers(5)))
        found[weight] = auroc(real, other)
        assert (np.asarray(head(features)).argmax(axis=1) == targets).mean() > 0.97
    assert found[0.5] > found[0.0] + 0.2
    assert found[0.5] > 0.85


def test_drawn_sources_are_always_the_same_and_no_two_pictures_are() -> None:
    for draw in (draw_textures, draw_scenes):
        drawn = draw(8, 48)
        assert drawn.shape == (8, 48, 48, 3)
        assert drawn.dtype == np.uint8
        np.testing.assert_array_equal(drawn, draw(8, 48))
        assert len({picture.tobytes() for picture in drawn}) == 8


def test_the_command_shows_the_first_classes_and_judges_on_the_others(
    wide_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "DRAWN", 4)
    photographs = write_photographs(tmp_path / "pets", 30, ("cat", "dog"), Size(200, 200), flat=True)
    flowers = tmp_path / "flowers"
    for folder, scene in zip(("daisy", "dandelion", "roses"), (draw_textures, draw_scenes, draw_textures), strict=True):
        (flowers / folder).mkdir(parents=True)
        for number, image in enumerate(scene(30, 96)[:: 3 if folder == "daisy" else -3]):
            assert cv2.imwrite(str(flowers / folder / f"{number}.png"), image)
    out = tmp_path / "neither.json"
    words = [
        "experiment",
        "neither",
        "--photos",
        str(photographs),
        "--neither",
        str(flowers),
        "--weights",
        str(wide_weights),
    ]
    assert main([*words, "--exposed", "2", "--seeds", "1", "--out", str(out)]) == 0
    content = json.loads(out.read_text())["payload"]
    assert content["exposed"]["classes"] == ["daisy", "dandelion"]
    assert content["unseen_classes"] == ["roses"]
    kinds = [(trial["hidden_units"], trial["outlier_weight"]) for trial in content["trials"]]
    assert kinds == [(0, 0.0), (0, 0.5), (256, 0.0), (256, 0.5)]
    for trial in content["trials"]:
        assert set(trial["neither"]) == {"exposed classes", "unseen classes", "drawn scenes", "textures"}
        assert trial["neither"]["unseen classes"]["outliers"] == len(trial["best_scores"]["unseen classes"]) == 10
        found = auroc(*(np.array(trial["best_scores"][name]) for name in ("test", "unseen classes")))
        assert found == pytest.approx(trial["neither"]["unseen classes"]["auroc"], abs=0.02)
        assert len(trial["best_scores"]["test"]) == content["photographs"]["test"]
    assert "AUROC, unseen classes" in capsys.readouterr().out
    assert main([*words, "--exposed", "3", "--out", str(tmp_path / "more.json")]) == 2
    assert "none unseen; give 1 to 2" in capsys.readouterr().err
    assert main([*words, "--seeds", "0", "--out", str(tmp_path / "more.json")]) == 2
    assert "--seeds must be at least 1, received 0" in capsys.readouterr().err
    assert main([*words, "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err
