"""Promises of judging a file: classes that training saw are left out; a label counts at the threshold of the card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.neither import file
from edge_app.model.card import read_own_card, write_card
from edge_app.model.starter import STARTER


def _words(folder: Path, threshold: float | None, out: Path) -> list[str]:
    """Two exposed classes and an unseen one, and the starter with another threshold."""
    for label, pictures in (("daisy", 3), ("rose", 3), ("tulip", 5)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(pictures):
            picture = np.random.default_rng(number).integers(0, 256, (60, 80, 3)).astype(np.uint8)
            cv2.imwrite(str(folder / label / f"{number}.png"), picture)
    model = folder.parent / "model.tflite"
    model.write_bytes(write_card(STARTER.read_bytes(), replace(read_own_card(STARTER), neither_threshold=threshold)))
    return [
        "experiment",
        "neither",
        "--neither",
        str(folder),
        "--model",
        str(model),
        "--exposed",
        "2",
        "--out",
        str(out),
    ]


@pytest.mark.parametrize(("threshold", "share"), [(0.01, 1.0), (0.9999, None)])
def test_all_get_a_label_below_the_lowest_threshold_and_few_at_the_highest(
    threshold: float, share: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "DRAWN", 4)
    out = tmp_path / "file.json"
    assert main(_words(tmp_path / "flowers", threshold, out)) == 0
    content = json.loads(out.read_text())["payload"]
    assert content["unseen_classes"] == ["tulip"]
    counts = {one["source"]: one["pictures"] for one in content["sources"]}
    assert counts == {"unseen classes": 5, "drawn scenes": 4, "textures": 4, "all of them": 13}
    for one in content["sources"]:
        assert one["share"]["top1"] == pytest.approx(one["labelled"] / one["pictures"], abs=1e-6)
        assert share is None or one["share"]["top1"] == share
    *parts, everything = (one["labelled"] for one in content["sources"])
    assert sum(parts) == everything
    assert share is not None or everything < 13


def test_a_file_that_never_says_it_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_words(tmp_path / "flowers", None, tmp_path / "file.json")) == 1
    assert "model.tflite` never says “neither”; train it with --neither" in capsys.readouterr().err
    assert not (tmp_path / "file.json").exists()


def test_without_photographs_or_a_model_the_way_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["experiment", "neither", "--neither", str(tmp_path), "--out", str(tmp_path / "o.json")]) == 2
    assert "--photos is missing; give labelled photographs, or --model" in capsys.readouterr().err
