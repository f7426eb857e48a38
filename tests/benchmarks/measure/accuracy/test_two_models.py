"""Promises of `fieldlens bench compare OLD NEW --photos`, through its command line: verdict, files, and refusals."""

from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.results.envelope import read_result
from benchmarks.results.model_comparison import ModelComparison, verdict_of
from edge_app.demo.drawn_pets import write_drawings
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import read_own_card
from edge_app.model.card_writing import replace_card
from edge_app.model.starter import STARTER
from edge_app.photographs.groups import marked
from tests.models import INT8


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Twenty drawn pets of each class."""
    write_drawings(tmp_path / "desk", 40, size=64)
    return tmp_path / "desk"


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """The starter with its labels exchanged: wrong where that one is right."""
    path = Path(shutil.copy(STARTER, tmp_path / "turned.tflite"))
    card = read_own_card(path)
    replace_card(path, replace(card, labels=card.labels[::-1]))
    return path


def compare(*words: str | Path) -> int:
    return main(["compare", *map(str, words)])


def test_the_verdict_is_printed_and_every_answer_is_kept(
    pets: Path, turned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(turned, STARTER, "--photos", pets, "--all-photos", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    result = read_result(tmp_path / "out" / "result.json", ModelComparison)
    old, new = result.accuracies()
    assert (old.photographs, old.top1 + new.top1) == (40, 1.0)  # turned labels are right where the others are wrong
    assert verdict_of(result.paired) == "better"
    assert f"the new model is better: +{100 * (new.top1 - old.top1):.2f} (+" in told
    assert "40 of 40 labels changed" in told
    assert {one.path for one in result.photographs} == {
        path.relative_to(pets).as_posix() for path in pets.glob("*/*.*")
    }


def test_the_page_shows_the_changed_photographs_and_needs_nothing_else(
    pets: Path, turned: Path, tmp_path: Path
) -> None:
    assert compare(STARTER, turned, "--photos", pets, "--all-photos", "--out", tmp_path / "out") == 0
    page = (tmp_path / "out" / "comparison.html").read_text()
    pictures = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert len(pictures) == 40
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(pictures[0]), np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (64, 64, 3)
    assert "The new model is worse: −" in page
    assert not re.search(r"(src|href)=\"(?!data:)|<script", page)


def test_the_same_model_cannot_be_told_from_itself(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(STARTER, STARTER, "--photos", pets, "--all-photos", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "cannot tell which model is better: +0.00" in told
    assert "0 of 40 labels changed\n" in told
    assert "note: both files have the same bytes" in told


def test_frames_of_a_session_count_together(
    pets: Path, turned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in pets.glob("*/*.*"):
        path.write_bytes(marked(path.read_bytes(), f"session {int(path.stem.split('.')[-1]) % 4}"))
    assert compare(turned, STARTER, "--photos", pets, "--all-photos", "--out", tmp_path / "out") == 0
    assert "40 photographs in 4 groups" in capsys.readouterr().out
    result = read_result(tmp_path / "out" / "result.json", ModelComparison)
    new = result.accuracies()[1]
    assert new == MeasuredAccuracy.from_counts(round(40 * new.top1), 40, new.data, result.paired.independent)
    assert result.paired.independent < 5


def test_a_class_that_only_one_model_knows_is_left_out_and_said(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pets / "owl").mkdir()
    for number, path in enumerate(sorted(pets.glob("cat/*.*"))[:3]):
        shutil.copy(path, pets / "owl" / f"{number}{path.suffix}")
    assert compare(STARTER, STARTER, "--photos", pets, "--all-photos", "--out", tmp_path / "out") == 0
    assert "3 photographs left out, of classes that only one of the models knows: owl" in capsys.readouterr().out


def test_photographs_that_may_have_trained_a_model_do_not_count(pets: Path, tmp_path: Path) -> None:
    assert compare(STARTER, STARTER, "--photos", pets, "--out", tmp_path / "out") == 0
    result = read_result(tmp_path / "out" / "result.json", ModelComparison)
    assert 0 < len(result.photographs) < 30
    assert result.data == "test split of desk"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["STARTER", "--photos", "PETS"], 2, "1 model was given; two are compared"),
        (["STARTER", "STARTER"], 2, "give them with --photos DIR"),
        (["STARTER", "result.json", "--photos", "PETS"], 2, "`result.json` is no .tflite file"),
        (["STARTER", "STARTER", "--photos", "PETS", "--files", "a"], 2, "leave it out where models are given"),
        (["STARTER", str(INT8), "--photos", "PETS", "--all-photos"], 1, "cannot be judged on"),
        (["STARTER", "STARTER", "--photos", "nowhere"], 1, "does not exist"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    words: list[str], code: int, sentence: str, pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"STARTER": STARTER, "PETS": pets}
    assert compare(*(places.get(word, word) for word in words), "--out", tmp_path / "out") == code
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
