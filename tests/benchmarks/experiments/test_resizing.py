"""Promises of the resizing experiment: held-out photographs only, both rules through the file contract."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.demo import fitted
from benchmarks.experiments.resizing import enlarged, test_photographs, with_interpolation
from edge_app.common.errors import DataError
from tests.conftest import Chain


def test_only_photographs_of_the_test_split_count(chain: Chain) -> None:
    chosen = test_photographs(chain.drawings, chain.run / "splits.csv")
    with (chain.run / "splits.csv").open() as file:
        held_out = {row["path"] for row in csv.DictReader(file) if row["split"] == "test"}
    assert {path.relative_to(chain.drawings).as_posix() for path, _ in chosen} == held_out


def test_a_file_that_is_no_splits_csv_is_said(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is no splits\.csv"):
        test_photographs(chain.drawings, tmp_path / "nowhere.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"is no splits\.csv"):
        test_photographs(chain.drawings, tmp_path / "other.csv")


def test_both_rules_are_measured_on_both_sizes(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "resizing.json"
    words = [str(chain.models / "tiny-int8.tflite"), "--splits", str(chain.run / "splits.csv")]
    assert main(["experiment", "resizing", *words, "--photos", str(chain.drawings), "--out", str(out)]) == 0
    content = json.loads(out.read_text())["payload"]
    assert [(trial["photographs"], trial["interpolation"]) for trial in content["trials"]] == [
        ("full size", "bilinear"),
        ("full size", "area"),
        ("enlarged to 1080p", "bilinear"),
        ("enlarged to 1080p", "area"),
    ]
    bilinear, area = content["trials"][:2]
    assert len(bilinear["true_label_probabilities"]) == len(content["photographs"])
    assert bilinear["true_label_probabilities"] != area["true_label_probabilities"]
    assert "log loss" in capsys.readouterr().out


def test_a_changed_rule_changes_the_card_and_nothing_else(chain: Chain, tmp_path: Path) -> None:
    model = chain.models / "tiny-float32.tflite"
    frame = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    same, other = (with_interpolation(model, rule, tmp_path) for rule in ("bilinear", "area"))
    assert other.card.interpolation == "area"
    from edge_app.model.classifier import Classifier

    np.testing.assert_array_equal(same.scores(frame), Classifier(model).scores(frame))
    assert (other.scores(frame) != same.scores(frame)).any()


def test_enlarging_and_fitting_keep_the_shape_of_the_picture() -> None:
    picture = np.full((200, 300, 3), 90, np.uint8)
    assert enlarged(picture).shape == (1080, 1620, 3)
    frame = fitted(picture)
    assert frame.shape == (480, 640, 3)
    assert (frame[:20] == 0).all()
    assert (frame[240] == 90).all()
