"""Promises of a run folder: everything is there, all three savings predict the same, broken files are listed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of, split_of
from tests.conftest import Chain
from train.data.batches import normalize
from train.data.loading import hash_files, load_photographs
from train.data.photograph_set import PhotographSet
from train.models import build_model
from train.models.architectures.custom_cnn import TINY
from train.run_folder.writing import weights_sha256
from train.screening.screening import screen


@pytest.fixture(scope="session")
def held_out(chain: Chain) -> PhotographSet:
    folder = find_photographs(chain.drawings)
    files, _ = hash_files(folder)
    size = Size(TINY.input_size, TINY.input_size)
    return load_photographs(folder.root, [file for file in files if file.split == "test"], folder.labels, size)[0]


@pytest.fixture(scope="session")
def model(chain: Chain) -> object:
    return keras.models.load_model(chain.run / "model.h5", compile=False)


def test_everything_of_the_design_is_there(chain: Chain) -> None:
    names = {path.name for path in chain.run.iterdir()}
    assert names == {
        "run.json", "labels.txt", "splits.csv", "model.h5", "saved_model", "checkpoints", "history.csv", "metrics.json",
        "report.html", "screening.json", "plots",
    }  # fmt: skip
    assert {path.name for path in (chain.run / "plots").iterdir()} >= {"history.png", "confusion.png"}
    assert (chain.run / "labels.txt").read_text() == "cat\ndog\n"


def test_run_json_is_enough_to_repeat_the_run(chain: Chain) -> None:
    run = json.loads((chain.run / "run.json").read_text())
    assert run["recipe"]["name"] == "tiny"
    assert run["seed"] == 0
    assert run["input_size"] == TINY.input_size
    assert run["labels"] == ["cat", "dog"]
    assert run["data"]["layout"] == "folder per class"
    assert run["data"]["copies"] == 1
    assert run["data"]["augmented_copies"] == 0
    assert run["input_statistics"] is None
    assert run["streamed"] is False
    assert {"tensorflow", "tf-keras", "numpy", "python"} <= set(run["versions"])
    assert len(run["weights_sha256"]) == 64
    assert run["timings_s"]["training"] > 0


def test_broken_files_are_counted_and_listed_and_in_no_split(chain: Chain) -> None:
    skipped = json.loads((chain.run / "run.json").read_text())["data"]["skipped"]
    assert len(skipped) == 9
    assert sum("is cut short" in sentence for sentence in skipped) == 8
    assert sum("text.jpg" in sentence for sentence in skipped) == 1
    text = (chain.run / "splits.csv").read_text()
    assert "half." not in text
    assert "text.jpg" not in text


def test_splits_are_those_of_the_files_bytes_and_copies_stay_together(chain: Chain) -> None:
    with (chain.run / "splits.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2001
    for row in rows[::50]:
        assert row["split"] == split_of(sha256_of((chain.drawings / row["path"]).read_bytes()))
    by_path = {row["path"]: row["split"] for row in rows}
    assert by_path["dog/copy of the first.jpg"] == by_path["dog/dog.00000.jpg"]


def test_tiny_learns_drawn_pets_but_not_all(chain: Chain) -> None:
    metrics = json.loads((chain.run / "metrics.json").read_text())["test"]
    assert 0.85 <= metrics["accuracy"] <= 0.99
    assert metrics["accuracy_low"] < metrics["accuracy"] < metrics["accuracy_high"]
    assert sum(map(sum, metrics["confusion"])) == metrics["photographs"]


def test_all_three_savings_predict_the_same(chain: Chain, model: object, held_out: PhotographSet) -> None:
    images = held_out.images_rgb[:32]
    expected = np.asarray(model.predict_on_batch(normalize(images)))  # type: ignore[attr-defined]
    rebuilt = build_model(TINY, 2)
    rebuilt.load_weights(str(chain.run / "checkpoints" / "best")).expect_partial()
    loaded = tf.saved_model.load(str(chain.run / "saved_model")).signatures
    bytes_in = tf.constant(images, tf.float32)
    for actual in (
        rebuilt.predict_on_batch(normalize(images)),
        keras.models.load_model(chain.run / "saved_model", compile=False).predict_on_batch(normalize(images)),
        loaded["serving_default"](images=bytes_in)["probabilities"],
        loaded["core"](images=bytes_in / 127.5 - 1.0)["probabilities"],
    ):
        np.testing.assert_allclose(np.asarray(actual), expected, atol=1e-5)


def test_jpeg_bytes_give_what_the_device_path_gives(chain: Chain, held_out: PhotographSet) -> None:
    loaded = tf.saved_model.load(str(chain.run / "saved_model")).signatures
    jpegs = [(chain.drawings / file.path).read_bytes() for file in held_out.files[:16]]
    served = loaded["serve_jpeg"](image_bytes=tf.constant(jpegs))["probabilities"].numpy()
    arrays = tf.constant(held_out.images_rgb[:16], tf.float32)
    expected = loaded["serving_default"](images=arrays)["probabilities"].numpy()
    np.testing.assert_allclose(served, expected, atol=0.08)  # one level of rounding in some pixels
    assert np.abs(served - expected).mean() < 0.02


def test_the_numbers_of_the_report_are_those_of_the_model(chain: Chain, model: object, held_out: PhotographSet) -> None:
    metrics = json.loads((chain.run / "metrics.json").read_text())["test"]
    scores = np.asarray(model.predict_on_batch(normalize(held_out.images_rgb)))  # type: ignore[attr-defined]
    assert metrics["correct"] == int((scores.argmax(axis=1) == held_out.targets).sum())
    assert metrics["photographs"] == len(held_out)
    own = -np.log(scores[np.arange(len(scores)), held_out.targets]).mean()
    assert metrics["log_loss"] == pytest.approx(float(own), abs=1e-3)


def test_the_hash_is_that_of_the_weights(chain: Chain, model: object) -> None:
    run = json.loads((chain.run / "run.json").read_text())
    assert weights_sha256(model) == run["weights_sha256"]


def test_the_report_stands_alone(chain: Chain) -> None:
    page = (chain.run / "report.html").read_text()
    for heading in ("Confusion matrix", "Precision and recall", "Reliability diagram", "ROC curve", "Learning curves"):
        assert f"<h2>{heading}</h2>" in page
    assert page.count("data:image/png;base64,") >= 2
    assert "http" not in page.replace("http-equiv", "")
    assert "half.0.jpg" in page


def test_the_report_shows_what_screening_finds_while_the_photographs_are_read(chain: Chain) -> None:
    found = screen(find_photographs(chain.drawings))
    content = json.loads((chain.run / "screening.json").read_text())
    assert content["files"] == len(found.folder.files) == 2010
    assert content["counts"] == dict(found.counts())
    assert [item["path"] for item in content["corrupt"]] == [one.file.path for one in found.corrupt]
    assert [[file["path"] for file in group] for group in content["copies"]] == [
        ["dog/copy of the first.jpg", "dog/dog.00000.jpg"]
    ]
    assert len(content["near"]) == len(found.near)
    assert content["judge_was_asked_about"] == ["validation", "test"]
    metrics = json.loads((chain.run / "metrics.json").read_text())
    wrong = sum(metrics[split]["photographs"] - metrics[split]["correct"] for split in ("validation", "test"))
    assert 0 < len(content["likely_wrong_labels"]) <= wrong  # drawn pets, some of them hard: sure and wrong
    page = (chain.run / "report.html").read_text()
    for what, count, _ in found.summary_rows()[:-2]:
        assert f"<td>{what}</td><td" in page, what
        assert f">{count}</td>" in page
    assert "dog/copy of the first.jpg (dog, " in page
    assert "half.7.jpg` is cut short (407 bytes" not in page.split("Corrupt files (9)")[0]


def test_nothing_temporary_is_left(chain: Chain) -> None:
    for folder in (chain.run.parent, chain.models.parent):
        assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_the_run_knows_no_place_of_this_machine_but_its_photographs(chain: Chain) -> None:
    run = json.loads((chain.run / "run.json").read_text())
    assert Path(run["data"]["folder"]) == chain.drawings
