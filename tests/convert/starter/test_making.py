"""Promises of `fieldlens convert starter`: what may come with the app, and that nothing about it is typed by hand."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from convert.__main__ import main
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard, read_own_card, write_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER

RUN, METRICS, CONVERSION = "runs/run.json", "runs/metrics.json", "models/conversion.json"
A_DAY_S = 1_795_521_600  # 2026-11-24, 12:00 UTC


@dataclass
class Material:
    """A finished run and its int8 file, as `train` and `convert` leave them."""

    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "models" / "pets-int8.tflite"

    @property
    def run(self) -> Path:
        return self.folder / "runs"

    @property
    def out(self) -> Path:
        return self.folder / "starter"

    def make(self, *words: str) -> int:
        return main(["starter", str(self.model), "--run", str(self.run), "--out", str(self.out), *words])

    def change(self, file: str, *keys: Any, to: Any) -> None:
        """Set one value of a JSON file."""
        path = self.folder / file
        content = found = json.loads(path.read_text())
        for key in keys[:-1]:
            found = found[key]
        found[keys[-1]] = to
        path.write_text(json.dumps(content))

    def change_card(self, **fields: Any) -> None:
        self.model.write_bytes(write_card(self.model.read_bytes(), replace(read_own_card(self.model), **fields)))


@pytest.fixture
def material(tmp_path: Path) -> Material:
    """The starter itself, said to be of a run that never was."""
    made = Material(tmp_path)
    made.model.parent.mkdir()
    made.run.mkdir()
    made.model.write_bytes(STARTER.read_bytes())
    made.change_card(trained_on="", terms="", name="pets", neither_threshold=0.8125)
    os.utime(made.model, (A_DAY_S, A_DAY_S))
    run = {
        "schema_version": 1,
        "name": "pets",
        "recipe": {"architecture": "custom_cnn"},
        "seed": 3,
        "teacher": None,
        "data": {"folder": "../shared/data/dogs_vs_cats/train", "counts": {"train": 5195, "validation": 794}},
        "neither": {"folder": "../shared/data/flowers", "counts": {"train": 374}},
        "neither_threshold": 0.8,
        "parameters": 832_098,
        "weights_sha256": read_own_card(made.model).weights_sha256,
    }
    judged = {"accepted_share": 0.9512, "refused_share": 0.871, "photographs": 2011, "outliers": 156}
    recipe = {"weights": "int8", "activations": "int8"}
    conversion = {"files": [{"file": made.model.name, "recipe": recipe, "objections": []}]}
    (made.run / "run.json").write_text(json.dumps(run))
    (made.run / "metrics.json").write_text(json.dumps({"neither": judged}))
    (made.model.parent / "conversion.json").write_text(json.dumps(conversion))
    return made


def refusal(material: Material, capsys: pytest.CaptureFixture[str]) -> str:
    assert material.make() == 1
    assert not material.out.exists(), "nothing is written"
    (told,) = capsys.readouterr().err.splitlines()
    return told


def test_the_file_runs_as_before_and_its_card_says_what_it_was_made_of(material: Material) -> None:
    before = read_own_card(material.model)
    assert material.make() == 0
    starter = material.out / STARTER.name
    card: ModelCard = Classifier(starter, threads=1).card
    assert card.name == "FieldLens starter"
    assert card.trained_on == (
        "Kaggle Dogs-vs-Cats (Microsoft's Asirra); for “neither” tf_flowers; from random initialization"
    )
    assert card.terms == (
        "Kaggle Dogs-vs-Cats (Microsoft's Asirra): Microsoft's and Kaggle's terms, research use; tf_flowers: CC-BY; "
        "no photograph is in the file"
    )
    assert card.neither_threshold == 0.8125
    assert before.accuracy is not None
    assert card.accuracy == replace(before.accuracy, data="test split of Kaggle Dogs-vs-Cats (Microsoft's Asirra)")
    assert card.weights_sha256 == before.weights_sha256


def test_the_notice_tells_the_numbers_of_card_run_and_metrics(material: Material) -> None:
    assert material.make() == 0
    lines = (material.out / "NOTICE").read_text().splitlines()
    accuracy = read_own_card(material.out / STARTER.name).accuracy
    assert accuracy is not None
    for line in (
        "network    custom CNN, 208×208 pixels, 832,098 parameters; int8 weights and activations, uint8 in and out",
        "weights    trained by this project from random initialization, seed 3",
        "trained    on 5,195 photographs, chosen on 794",
        f"accuracy   {accuracy} of {accuracy.photographs:,} test photographs, which no training saw",
        "neither    where the best score is below 0.8125",
        "           before conversion: 95.1% of 2,011 test photographs of cats and dogs pass,",
        "           87.1% of 156 other pictures of tf_flowers do not",
        "date       2026-11-24",
        "The 374 pictures of anything else that it was shown are of tf_flowers, under CC-BY.",
    ):
        assert line in lines


def test_card_and_notice_keep_the_accuracy_on_another_source(material: Material) -> None:
    found = MeasuredAccuracy.from_counts(90, 100, "my phone")
    material.change_card(other_source=found)
    assert material.make() == 0
    assert read_own_card(material.out / STARTER.name).other_source == found
    notice = (material.out / "NOTICE").read_text().splitlines()
    assert f"elsewhere  {found} of 100 photographs of another source: my phone" in notice


def test_what_weights_it_began_from_and_who_taught_it_are_told_with_their_terms(material: Material) -> None:
    began = {"pretrained": True, "weights": "imagenet", "recipe": {"architecture": "mobilenet_v2", "width": 0.35}}
    teacher = material.folder / "big"
    teacher.mkdir()
    run = json.loads((material.run / "run.json").read_text())
    taught = {**began, "recipe": {"architecture": "mobilenet_v2", "width": 1.0}, "weights": "imagenet"}
    (teacher / "run.json").write_text(json.dumps({**run, **taught}))
    (material.run / "run.json").write_text(json.dumps({**run, **began, "teacher": str(teacher)}))
    assert material.make() == 0
    card, notice = read_own_card(material.out / STARTER.name), (material.out / "NOTICE").read_text()
    weights = "the ImageNet weights of MobileNetV2 in Keras Applications"
    assert card.trained_on.endswith(f"from {weights}, with a teacher (MobileNetV2 1.0) from {weights}")
    assert f"{weights}: Apache-2.0" in card.terms
    assert f"Training began from {weights}, under Apache-2.0." in notice
    assert "network    MobileNetV2 0.35, " in notice


def test_a_teacher_whose_photographs_have_unknown_terms_is_refused(
    material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher = material.folder / "big"
    teacher.mkdir()
    run = json.loads((material.run / "run.json").read_text())
    (teacher / "run.json").write_text(json.dumps({**run, "data": {**run["data"], "folder": "/photos/secret"}}))
    material.change(RUN, "teacher", to=str(teacher))
    assert "the terms of the photographs in `/photos/secret` are not known" in refusal(material, capsys)


def test_a_starter_that_is_there_is_kept_unless_told_otherwise(
    material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    assert material.make() == 0
    first = (material.out / STARTER.name).read_bytes()
    material.change_card(neither_threshold=0.75)
    assert material.make() == 1
    assert "exists already" in capsys.readouterr().err
    assert (material.out / STARTER.name).read_bytes() == first
    assert material.make("--overwrite") == 0
    assert "0.7500" in (material.out / "NOTICE").read_text()


@pytest.mark.parametrize(
    ("file", "keys", "value", "sentence"),
    [
        (RUN, ["recipe", "architecture"], "hub", "the terms of the weights `None` of a hub are not known; train a"),
        (RUN, ["teacher"], "/nowhere/big", "`/nowhere/big"),
        (RUN, ["neither_threshold"], None, "never says “neither”; train it with --neither"),
        (RUN, ["weights_sha256"], "0" * 64, "has other weights than the run `pets`; convert that run again"),
        (RUN, ["data", "folder"], "/photos/holidays", "the terms of the photographs in `/photos/holidays` are"),
        (RUN, ["neither", "folder"], "/photos/any", "the terms of the photographs in `/photos/any` are not"),
        (RUN, ["recipe"], {}, "is incomplete (KeyError('architecture')); train and convert again"),
        (METRICS, ["neither"], None, "is incomplete (TypeError("),
        (CONVERSION, ["files", 0, "objections"], ["too far off"], "was rejected: too far off; give a file"),
        (CONVERSION, ["files", 0, "recipe", "activations"], "int16", "computes in int16; the starter is int8"),
        (CONVERSION, ["files", 0, "file"], "other.tflite", "does not name `pets-int8.tflite`; give a file"),
    ],
)  # fmt: skip
def test_a_run_or_a_file_that_does_not_fit_is_refused_in_a_sentence(
    file: str, keys: list[Any], value: Any, sentence: str, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    material.change(file, *keys, to=value)
    assert sentence in refusal(material, capsys)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": ("dog", "cat")}, "tells dog, cat; the starter tells cat, dog"),
        ({"neither_threshold": None}, "has no threshold for “neither”; convert the run again"),
        ({"accuracy": None}, "has no accuracy; convert the run again"),
        (
            {"versions": {"a": "b" * 800_000}},
            "bytes as a starter, where 1,000,000 are allowed; train a",
        ),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    change: dict[str, Any], sentence: str, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    material.change_card(**change)
    assert sentence in refusal(material, capsys)


def test_a_file_without_its_conversion_is_refused(material: Material, capsys: pytest.CaptureFixture[str]) -> None:
    (material.model.parent / "conversion.json").unlink()
    assert "conversion.json` cannot be read" in refusal(material, capsys)
