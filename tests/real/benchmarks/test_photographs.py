"""Promises of experiments on photographs: what is judged are people's pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.training import pipeline
from benchmarks.measure.accuracy.measure import choose_photographs
from edge_app.photographs.splits import sha256_of, split_of


def test_a_fifth_of_the_flowers_is_for_the_judge(data_folder: Path) -> None:
    flowers = data_folder / "flowers"
    chosen = choose_photographs(flowers, everything=False)
    assert 100 < len(chosen.files) < 200
    assert all(split_of(sha256_of(path.read_bytes())) == "test" for path, _ in chosen.files[:20])
    assert len(choose_photographs(flowers, everything=True).files) == 600


def test_with_the_features_of_imagenet_both_ways_of_training_learn(data_folder: Path, tmp_path: Path) -> None:
    photographs = tmp_path / "pets"
    photographs.mkdir()
    for label in ("cat", "dog"):
        for path in sorted((data_folder / "dogs_vs_cats" / "train").glob(f"{label}.*"))[:50]:
            shutil.copy(path, photographs)
    hub = data_folder / "weights" / "hub_mobilenet_v2_100_224_feature_vector"
    words = ["experiment", "course", "--photos", str(photographs), "--hub", str(hub), "--epochs", "2"]
    assert main([*words, "--out", str(tmp_path / "course.json")]) == 0
    for curve in json.loads((tmp_path / "course.json").read_text())["payload"]["curves"]:
        assert curve["points"][-1]["accuracy"] > 0.7  # both heads learn, in four steps


@pytest.mark.filterwarnings("ignore:Please import `affine:DeprecationWarning")  # tf-keras uses an old name of SciPy's
def test_our_pipeline_and_keras_see_the_same_photographs(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, small in {"_QUEUED": 1, "_JUDGED": 2, "BATCH": 8}.items():
        monkeypatch.setattr(pipeline, name, small)
    for place, path in enumerate(sorted((data_folder / "dogs_vs_cats_full_size").rglob("*.jpg"))[::15]):
        (tmp_path / "photos" / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "photos" / path.parent.name / f"{place}.jpg")
    words = ["experiment", "pipeline", "--photos", str(tmp_path / "photos"), "--rounds", "2", "--seconds", "0.01"]
    assert main([*words, "--out", str(tmp_path / "pipeline.json")]) == 0
    content = json.loads((tmp_path / "pipeline.json").read_text())["payload"]
    copies, originals = content["differences"]
    assert copies["largest"] <= 3.0  # the decoders' own rounding
    assert originals["mean"] < 6.0  # Pillow's filter grows with the reduction
    ours, keras, _ = content["pixels"]
    np.testing.assert_allclose(ours["mean"], keras["mean"], atol=12.0)
    assert ours["spread_within"] == pytest.approx(keras["spread_within"], rel=0.15)
