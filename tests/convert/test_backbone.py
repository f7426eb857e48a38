"""Promises of `convert backbone`: the features of a run, proven, for `teach`; what has none is refused at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convert.__main__ import main
from edge_app import Classifier
from edge_app.model.card import read_own_card
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import learn, model_file
from tests.conftest import Chain
from tests.edge_app.teaching.shown import LABELS, Examples, frame


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny run with pooled features, of few drawings for few epochs: what it knows is no matter here."""
    from edge_app.demo.drawn_pets import write_drawings
    from train.__main__ import main as train

    folder = tmp_path_factory.mktemp("pooled")
    write_drawings(folder / "drawn", 120, size=48)
    words = ["--recipe", "tiny", "--pooling", "average", "--epochs", "1", "--out", str(folder / "runs" / "pooled")]
    assert train([str(folder / "drawn"), *words]) == 0
    return folder / "runs" / "pooled"


def test_the_file_is_taught_and_then_runs_like_any_other(
    pooled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "features.tflite"
    assert main(["backbone", str(pooled), "--numbers", "float32", "--out", str(out)]) == 0
    assert f"next    fieldlens teach cup,phone,nothing --backbone {out}" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["features.tflite"]  # neither a report nor a lock stays
    card = read_own_card(out)
    assert (card.features, card.accuracy, card.labels) == (True, None, ("cat", "dog"))
    assert card.trained_on.endswith("photographs of drawn: cat, dog")

    backbone = Backbone(out, 1)
    assert backbone.width == 32  # channels of the last block
    features = np.stack([backbone.features(frame(number)) for number in range(30)])
    names = [str(number) for number in range(30)]
    taught = learn(Examples(features, np.arange(30) % 3, names, names), LABELS, "desk")
    path = tmp_path / "desk.tflite"
    path.write_bytes(model_file(backbone, taught, "desk"))
    classifier = Classifier(path, 1)
    assert classifier.card.labels == LABELS
    for number in range(30, 34):
        exact = np.exp(taught.head.log_probabilities(backbone.features(frame(number))[np.newaxis]))[0]
        np.testing.assert_allclose(classifier.scores(frame(number)), exact, atol=1e-3)

    before = out.read_bytes()
    assert main(["backbone", str(pooled), "--out", str(out)]) == 1
    assert "exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_a_run_whose_maps_are_laid_out_flat_is_refused_in_a_sentence(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backbone", str(chain.run), "--out", str(tmp_path / "new.tflite")]) == 1
    told = capsys.readouterr().err
    assert "has no pooled features: its feature maps are laid out flat" in told
    assert "train with --pooling average" in told
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_disagrees_with_the_run_is_not_written(
    pooled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a network that is hardly trained, no file is closer than 0 to the Keras model."""
    from dataclasses import replace

    from convert.quantize import recipes

    strict = replace(recipes.FLOAT16, greatest_difference=0.0)
    monkeypatch.setitem(recipes.RECIPES, "float16", strict)
    assert main(["backbone", str(pooled), "--numbers", "float16", "--out", str(tmp_path / "new.tflite")]) == 1
    told = capsys.readouterr().err
    assert "new.tflite` was not made: " in told
    assert f"fieldlens convert {pooled} --recipes float16 --diagnose" in told
    assert list(tmp_path.iterdir()) == []
