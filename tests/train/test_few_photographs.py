"""From a few photographs to a converted file: all of them train, and the stated accuracy is of strangers."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from convert.__main__ import main as convert
from edge_app.metrics.accuracy import OUT_OF_FOLD_WORTH, MeasuredAccuracy, is_cross_validation
from edge_app.model.card import read_own_card
from edge_app.model.classifier import Classifier
from train.__main__ import main as train

LABELS = ("blue", "green", "red")
PER_CLASS = 8
DATA = "5-fold cross-validation on 24 photographs of colours"
SMALL = ["--recipe", "mobilenet_v2", "--width", "0.35", "--image-size", "32"]


@dataclass(frozen=True)
class Few:
    """A run of 24 small pictures on a network with random weights, converted."""

    photographs: Path
    weights: Path
    run: Path
    models: Path


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Few:
    import tf_keras as keras

    root = tmp_path_factory.mktemp("few")
    photographs, weights = root / "colours", root / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    _draw(photographs, PER_CLASS, seed=0)
    keras.utils.set_random_seed(0)
    keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None).save_weights(str(weights))
    few = Few(photographs, weights, root / "runs" / "few", root / "models" / "few")
    assert train([str(photographs), *SMALL, "--weights", str(weights), "--out", str(few.run)]) == 0
    assert convert([str(few.run), "--out", str(few.models), "--recipes", "float32"]) == 0
    return few


def _draw(photographs: Path, per_class: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    for place, label in enumerate(LABELS):
        (photographs / label).mkdir(parents=True)
        for number in range(per_class):
            picture = random.integers(0, 120, (40, 40, 3))
            picture[..., place] += random.integers(60, 130)
            cv2.imwrite(str(photographs / label / f"{number}.png"), picture.astype(np.uint8))


def test_all_photographs_train(few: Few) -> None:
    rows = list(csv.DictReader((few.run / "splits.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["split"] for row in rows] == ["train"] * 24
    record = json.loads((few.run / "run.json").read_text(encoding="utf-8"))
    assert record["validation"]["way"] == "folds"
    assert record["validation"]["reason"] == "there are 8 per class, fewer than 100"
    assert record["validation"]["folds"] == 5
    assert record["temperature"] == 1.0
    assert record["data"]["counts"] == {"train": 24, "validation": 0, "test": 0}


def test_the_accuracy_on_the_card_is_the_one_out_of_fold_and_says_so(few: Few) -> None:
    measured = json.loads((few.run / "metrics.json").read_text(encoding="utf-8"))["test"]
    accuracy = read_own_card(few.models / "few-float32.tflite").accuracy
    assert accuracy == MeasuredAccuracy.from_counts(measured["correct"], 24, DATA, OUT_OF_FOLD_WORTH * 24)
    assert is_cross_validation(accuracy.data)
    report = (few.run / "report.html").read_text(encoding="utf-8")
    assert f"{accuracy.top1:.1%} right in {DATA}" in report
    assert "test accuracy" not in report
    conversion = json.loads((few.models / "conversion.json").read_text(encoding="utf-8"))
    assert conversion["files"][0]["accuracy"]["data"] == DATA


def test_the_file_knows_the_photographs_it_learned_from(few: Few) -> None:
    """The head that was shipped was fitted to all of them, on features that tell colours apart."""
    classifier = Classifier(few.models / "few-float32.tflite")
    right = [
        LABELS[int(classifier.scores(cv2.imread(str(path))).argmax())] == path.parent.name
        for path in few.photographs.glob("*/*.png")
    ]
    assert np.mean(right) >= 0.9


def test_the_same_command_finds_the_same_head_and_says_which_way_it_went(
    few: Few, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(few.photographs), *SMALL, "--weights", str(few.weights), "--out", str(tmp_path / "again")]
    assert train(words) == 0
    hashes = [json.loads((run / "run.json").read_text())["weights_sha256"] for run in (few.run, tmp_path / "again")]
    assert hashes[0] == hashes[1]
    printed = capsys.readouterr().out
    assert "a linear head on all photographs, with cross-validation, because there are 8 per class, fewer" in printed
    assert f" in {DATA}\n" in printed
    assert re.search(
        r"advice: a linear head gets [\d.]+% right with half of the photographs, [\d.]+% with all: ", printed
    )


def test_a_plan_of_few_photographs_is_made_without_a_split(
    few: Few, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(few.photographs), *SMALL, "--weights", str(few.weights), "--out", str(tmp_path / "plan")]
    assert train([*words, "--dry-run"]) == 0
    assert "linear head" in capsys.readouterr().out
    assert not (tmp_path / "plan").exists()


def test_nothing_is_left_to_judge_a_compression_on(
    few: Few, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", str(few.run), "--method", "prune", "--out", str(tmp_path / "small")]
    assert train(words) != 0
    assert "train it again with --validation split" in capsys.readouterr().err


def test_one_photograph_of_a_class_is_one_sentence(
    few: Few, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for label in LABELS:
        (tmp_path / "two" / label).mkdir(parents=True)
        for number in range(1 if label == "red" else 3):
            content = (few.photographs / label / f"{number}.png").read_bytes()
            (tmp_path / "two" / label / f"{number}.png").write_bytes(content)
    words = [str(tmp_path / "two"), *SMALL, "--weights", str(few.weights), "--out", str(tmp_path / "run")]
    assert train(words) == 1
    assert "has 1 pictures of `red`" in capsys.readouterr().err


def test_test_photographs_that_folders_give_stay_out_and_measure(few: Few, tmp_path: Path) -> None:
    """`train/` and `val/` are cross-validated and learned from; the stated accuracy is that of `test/`."""
    photographs, run, models = tmp_path / "given", tmp_path / "runs" / "given", tmp_path / "models" / "given"
    for seed, (part, per_class) in enumerate((("train", 4), ("val", 2), ("test", 3)), start=1):
        _draw(photographs / part, per_class, seed)
    assert train([str(photographs), *SMALL, "--weights", str(few.weights), "--out", str(run)]) == 0
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["validation"]["reason"] == "there are 6 per class beside the test ones, fewer than 100"
    assert record["data"]["counts"] == {"train": 18, "validation": 0, "test": 9}
    assert record["temperature"] == 1.0
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"]["photographs"] == 9
    assert metrics["validation"]["photographs"] == 18
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "test accuracy" in report
    assert "5-fold cross-validation on 18 photographs of given" in report
    assert "No temperature was fitted" in report
    assert "no validation photographs" not in report
    assert convert([str(run), "--out", str(models), "--recipes", "float32"]) == 0
    card = read_own_card(models / "given-float32.tflite")
    assert card.given_split
    assert card.accuracy is not None
    assert (card.accuracy.photographs, card.accuracy.data) == (9, "test split (test/) of given")
    assert card.accuracy.top1 == metrics["test"]["accuracy"]
