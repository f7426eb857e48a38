"""Promises of the model that comes with the app: it runs at once, and what is said of it is true."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.demo.drawn_pets import drawn_pet
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model import starter
from edge_app.model.card import ModelCard, read_own_card
from edge_app.model.card_writing import replace_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import NOTICE, STARTER, introduction
from edge_app.sources import camera
from tests.models import INT8


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_own_card(STARTER)


def notice() -> dict[str, str]:
    """The facts of NOTICE by their names."""
    return dict(re.findall(r"^(\S+) {2,}(\S.*)$", NOTICE.read_text(), re.MULTILINE))


def test_it_is_small_and_takes_and_gives_bytes() -> None:
    assert STARTER.stat().st_size <= 1_000_000
    interpreter = Classifier(STARTER, threads=1, as_stored=True).interpreter
    assert interpreter.get_input_details()[0]["dtype"] is np.uint8
    assert interpreter.get_output_details()[0]["dtype"] is np.uint8


def test_its_card_names_labels_accuracy_threshold_photographs_and_terms(card: ModelCard) -> None:
    assert card.labels == ("cat", "dog")
    assert card.accuracy is not None
    assert card.accuracy.photographs >= 1_000
    assert card.neither_threshold is not None
    assert 0.5 < card.neither_threshold < 1.0
    assert "Dogs-vs-Cats" in card.trained_on
    assert "from the ImageNet weights of MobileNetV2" in card.trained_on
    assert "research use" in card.terms
    assert "ImageNet weights of MobileNetV2 in Keras Applications: Apache-2.0" in card.terms
    assert "no photograph is in the file" in card.terms


def test_its_notice_agrees_with_the_file_and_its_card(card: ModelCard) -> None:
    facts, content = notice(), STARTER.read_bytes()
    assert card.accuracy is not None
    assert facts["file"] == f"cats-dogs-int8.tflite, {len(content):,} bytes"
    assert facts["SHA-256"] == hashlib.sha256(content).hexdigest()
    assert facts["accuracy"].startswith(f"{card.accuracy} of {card.accuracy.photographs:,} test photographs")
    assert facts["neither"] == f"where the best score is below {card.neither_threshold:.4f}"
    assert facts["labels"] == "cat, dog"
    assert facts["network"].startswith(f"MobileNetV2 0.35, {card.input_size} pixels, ")
    assert "from the ImageNet weights of MobileNetV2" in facts["weights"]
    assert card.other_source is not None
    assert facts["elsewhere"].startswith(
        f"{card.other_source} of {card.other_source.photographs:,} photographs of another"
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", facts["date"])


def test_its_notice_names_the_terms_of_all_that_it_has_seen() -> None:
    text = " ".join(NOTICE.read_text().split())
    for promise in (
        "Dogs-vs-Cats",
        "Asirra",
        "research use",
        "tf_flowers and pictures that FieldLens draws, under CC-BY",
        "the ImageNet weights of MobileNetV2 in Keras Applications, under Apache-2.0",
        "No photograph is in the file",
    ):
        assert promise in text


def test_without_a_model_it_runs_and_introduces_itself(
    card: ModelCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "pet.png"
    assert cv2.imwrite(str(picture), drawn_pet(0, 0)[0])
    assert main(["--source", str(picture), "--no-window", "--jsonl", "-"]) == 0
    told = capsys.readouterr()
    assert [json.loads(line)["model"] for line in told.out.splitlines()] == [STARTER.name]
    assert told.err.splitlines()[:2] == list(introduction())
    lower = min(filter(None, (card.accuracy, card.other_source)), key=lambda accuracy: accuracy.top1)
    about, better = introduction()
    assert f"cats from dogs, right on {lower.top1:.1%} of {lower.photographs:,}" in about
    assert f"`neither` where its score is below {card.neither_threshold:.2f}" in about
    assert "fieldlens train PHOTOS" in better
    assert "--teacher" in better
    assert "fieldlens convert" in better


def test_with_a_model_nothing_is_said_of_the_starter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", "demo", "--frames", "1", "--no-window", "--threads", "1", str(INT8)]) == 0
    assert "starter" not in capsys.readouterr().err


def test_no_words_at_all_run_it_and_without_a_camera_the_drawn_one_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(camera, "device_file", lambda text: tmp_path / "video0")
    monkeypatch.setattr(sys, "argv", ["edge_app"])
    assert main() == 1
    told = capsys.readouterr().err.splitlines()
    assert "the starter" in told[0]
    assert told[-1].startswith("error: camera 0 does not open: ")
    assert "`--source demo`" in told[-1]


@pytest.mark.parametrize("word", ["cat.jpg", "demo", "0"])
def test_a_source_in_the_place_of_the_model_is_told_its_option(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 2
    assert (
        capsys.readouterr().err == f"error: `{word}` is no model but a source; write: fieldlens app --source {word}\n"
    )


def test_help_and_the_starter_need_neither_opencv_nor_numpy() -> None:
    words = (
        "import sys; import edge_app.model.starter, edge_app.__main__, edge_app.verbs.run; "
        "print({'cv2', 'numpy'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize(("right", "shown"), [(80, "right on 80.0% of 100 photographs of another source (my phone)"),
                                              (100, "photographs it never saw")])  # fmt: skip
def test_of_two_accuracies_the_lower_one_is_said(
    right: int, shown: str, card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Path(shutil.copy(STARTER, tmp_path / "mine.tflite"))
    replace_card(mine, replace(card, other_source=MeasuredAccuracy.from_counts(right, 100, "my phone")))
    monkeypatch.setattr(starter, "STARTER", mine)
    assert shown in introduction()[0]
    assert introduction()[0].count("right on") == 1
