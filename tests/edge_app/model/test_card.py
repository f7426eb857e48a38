"""Promises of the model card and of the labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import ModelFileError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard, Size, read_own_card, write_card
from edge_app.model.card_reading import read_card
from edge_app.model.classifier import Classifier
from edge_app.model.labels import parse_labels, read_labels_file
from edge_app.model.metadata import FileMetadata, read_metadata
from edge_app.model.tensors import TensorFacts
from edge_app.photographs.splits import Cuts
from tests.edge_app.display.display_examples import frame_bgr
from tests.models import INT8

CARD = ModelCard(
    name="pets",
    labels=("cat", "dog"),
    input_size=Size(96, 64),
    input_dtype="uint8",
    neither_threshold=0.6,
    accuracy=MeasuredAccuracy(0.98, 0.97, 0.99, 1600, "test split"),
    versions={"tensorflow": "2.21"},
)
FACTS = TensorFacts(Size(96, 64), "uint8", 2)


def metadata(card_json: str) -> FileMetadata:
    return FileMetadata(card=card_json.encode())


def test_a_foreign_file_has_no_card_of_ours() -> None:
    with pytest.raises(ModelFileError, match="has no model card of FieldLens; convert it with"):
        read_own_card(INT8)


def test_a_card_survives_json() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD
    small = replace(CARD, cuts={"cat": Cuts(0.5, 0.625)})
    assert ModelCard.from_json(small.to_json()) == small
    assert "cuts" not in json.loads(CARD.to_json())


def test_unknown_fields_are_ignored() -> None:
    content = {**json.loads(CARD.to_json()), "later": 1}
    assert ModelCard.from_json(json.dumps(content)) == CARD


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 9},
        {"labels": [1, 2]},
        {"labels": []},
        {"std": [0, 1, 1]},
        {"mean": [float("nan"), 0, 0]},
        {"std": [float("inf"), 1, 1]},
        {"input_size": {"width": 1e999, "height": 1}},
        {"input_size": None},
        {"neither_threshold": "high"},
        {"resize": "stretch"},
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, object]) -> None:
    content = {**json.loads(CARD.to_json()), **change}
    with pytest.raises(ModelFileError, match=r"the model card in `a.tflite` cannot be used"):
        read_card(Path("a.tflite"), metadata(json.dumps(content)), FACTS)


def test_a_card_nested_without_end_is_refused() -> None:
    with pytest.raises(ModelFileError, match="cannot be used"):
        read_card(Path("a.tflite"), metadata("[" * 100_000), FACTS)


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        (TensorFacts(Size(96, 64), "uint8", 3), "labels 2 on the card, 3"),
        (TensorFacts(Size(64, 96), "uint8", 2), "input size 96×64 on the card, 64×96"),
        (TensorFacts(Size(96, 64), "float32", 2), "input type uint8 on the card, float32"),
    ],
)
def test_a_card_that_contradicts_the_tensors_is_refused(facts: TensorFacts, what: str) -> None:
    with pytest.raises(ModelFileError, match=what):
        read_card(Path("a.tflite"), metadata(CARD.to_json()), facts)


def test_a_file_without_labels_says_what_to_do() -> None:
    with pytest.raises(ModelFileError, match=r"has no labels \(2 scores\); add --labels FILE"):
        read_card(Path("a.tflite"), FileMetadata(), FACTS)


def test_labels_of_the_user_make_it_run_and_assumptions_are_said() -> None:
    found = read_card(Path("a.tflite"), FileMetadata(), FACTS, ("cat", "dog"))
    assert found.card.labels == ("cat", "dog")
    assert any("as they are" in sentence for sentence in found.assumptions)


def test_both_layers_are_written_into_a_foreign_model_and_it_still_runs(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="the schema to write files comes with the newer runtime")
    from edge_app import Classifier

    before = Classifier(INT8)
    path = tmp_path / "carded.tflite"
    path.write_bytes(write_card(INT8.read_bytes(), before.card))
    after = Classifier(path)
    assert after.assumptions == ()
    assert after.card == before.card
    assert read_metadata(path).mean == (127.5,)
    for frame in (np.full((90, 120, 3), (10, 20, 200), np.uint8), frame_bgr()):
        np.testing.assert_array_equal(after.scores(frame), before.scores(frame))


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=1, max_size=20))
def test_numbered_label_files_are_understood(names: list[str]) -> None:
    text = "\n".join(f"{number}  {name}" for number, name in enumerate(names))
    assert parse_labels(text, "labels.txt") == tuple(names)


def test_a_missing_labels_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_labels_file(tmp_path / "none.txt")


def test_empty_lines_in_a_labels_file_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\ncat\n\n \ndog\n\n")
    assert read_labels_file(tmp_path / "labels.txt") == ("cat", "dog")
    (tmp_path / "labels.txt").write_text("0 cat\n\n1 dog\n")
    assert read_labels_file(tmp_path / "labels.txt") == ("cat", "dog")
    (tmp_path / "labels.txt").write_text("\n\n")
    with pytest.raises(ModelFileError, match="there are none"):
        read_labels_file(tmp_path / "labels.txt")


def test_an_empty_line_that_stood_for_a_class_leaves_too_few_labels() -> None:
    labels = parse_labels("\n".join(["", *map("class {}".format, range(1000))]), "labels.txt")
    with pytest.raises(ModelFileError, match=r"gives 1,001 scores but there are 1,000 labels"):
        Classifier(INT8, labels=labels)
