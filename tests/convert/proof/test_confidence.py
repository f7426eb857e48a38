"""Promises of confidence per file: measured on the file itself, and its "neither" threshold on its own scores."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convert.bundle.report import HEAD
from convert.proof.parity import KERAS, Scored
from convert.run_folder import read_run_folder
from edge_app.common.errors import RunFolderError
from edge_app.metrics.confidence import Confidence
from edge_app.model.card import NEITHER
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import read_photograph
from tests.conftest import Chain

FILES = ("float32", "int8")


def run_with(chain: Chain, folder: Path, threshold: object) -> Path:
    """The run of the chain, with a threshold in its run.json."""
    folder.mkdir()
    for name in ("saved_model", "splits.csv"):
        (folder / name).symlink_to(chain.run / name)
    content = json.loads((chain.run / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**content, "neither_threshold": threshold}))
    return folder


@pytest.fixture(scope="module")
def with_neither(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from convert.__main__ import main

    folder = tmp_path_factory.mktemp("neither")
    out = folder / "models" / "tiny"
    words = [str(run_with(chain, folder / "run", 0.9)), "--recipes", ",".join(FILES)]
    assert main([*words, "--out", str(out)]) == 0
    return out


def files_of(bundle: Path) -> dict[str, Any]:
    return {file["recipe"]["name"]: file for file in json.loads((bundle / "conversion.json").read_text())["files"]}


def scores_of(path: Path, chain: Chain, split: str) -> tuple[np.ndarray, np.ndarray]:
    classifier, photographs = Classifier(path), read_run_folder(chain.run).splits[split]
    scores = np.stack([classifier.scores(read_photograph(item.path)) for item in photographs])
    return scores, np.array([item.target for item in photographs])


def test_log_loss_and_calibration_error_are_those_of_each_file_on_the_photographs_of_the_accuracy(chain: Chain) -> None:
    files = files_of(chain.models)
    for name in FILES:
        scores, targets = scores_of(chain.models / f"tiny-{name}.tflite", chain, "test")
        expected, found = Confidence.of(scores, targets, "test split of pets"), Confidence(**files[name]["confidence"])
        assert found.log_loss == pytest.approx(expected.log_loss, rel=1e-6)
        assert found.expected_calibration_error == pytest.approx(expected.expected_calibration_error, rel=1e-6)
        assert (found.photographs, found.data) == (expected.photographs, files[name]["accuracy"]["data"])
    assert files["float32"]["confidence"]["log_loss"] != files["int8"]["confidence"]["log_loss"]
    keras = json.loads((chain.models / "conversion.json").read_text())["keras_confidence"]
    metrics = json.loads((chain.run / "metrics.json").read_text())["test"]
    assert keras["log_loss"] == pytest.approx(metrics["log_loss"], rel=1e-4)


def test_the_report_shows_them(chain: Chain, with_neither: Path) -> None:
    page = (with_neither / "report.html").read_text()
    loss = files_of(with_neither)["int8"]["confidence"]["log_loss"]
    assert f"{loss:.4f}" in page
    assert {"log loss", "ECE"} <= set(HEAD)
    assert "Threshold for “neither”" in page
    assert "“neither”" not in (chain.models / "report.html").read_text()


def test_a_run_without_neither_makes_files_without_a_threshold(chain: Chain) -> None:
    for name, file in files_of(chain.models).items():
        assert file["neither_threshold"] is None
        assert Classifier(chain.models / f"tiny-{name}.tflite").card.neither_threshold is None


@pytest.mark.parametrize("name", FILES)
def test_each_file_lets_96_percent_of_its_validation_photographs_through(
    chain: Chain, with_neither: Path, name: str
) -> None:
    path = with_neither / f"tiny-{name}.tflite"
    classifier = Classifier(path)
    threshold = classifier.card.neither_threshold
    assert threshold is not None
    assert threshold == files_of(with_neither)[name]["neither_threshold"]
    best = scores_of(path, chain, "validation")[0].max(axis=1)
    assert (best >= threshold).mean() >= 0.96
    assert (best > threshold).mean() < 0.96  # no higher one would do
    photographs = read_run_folder(chain.run).splits["validation"]
    said = [classifier.classify(read_photograph(item.path)).label for item in photographs]
    assert said.count(NEITHER) == int((best < threshold).sum()) > 0


def test_a_threshold_that_is_no_number_is_a_damaged_run(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"run.json` is damaged"):
        read_run_folder(run_with(chain, tmp_path / "run", "high"))
    assert read_run_folder(run_with(chain, tmp_path / "none", None)).neither_threshold is None


def test_scores_that_are_no_numbers_have_no_threshold_and_rounding_above_one_is_one() -> None:
    broken = np.array([[math.nan, math.nan], [0.5, 0.5]], np.float32)
    above = np.array([[1.0000001, 0.0], [1.0000001, 0.0]], np.float32)
    scored = Scored((Path("a"), Path("b")), np.array([0, 1]), {KERAS: above, "broken": broken})
    assert scored.neither_threshold("broken", 0.96) is None
    assert scored.neither_threshold(KERAS, 0.96) == 1.0
