"""Promises of `fieldlens bench other-source`, through its command line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.results.envelope import read_result
from benchmarks.results.other_source import OtherSource
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.card import read_own_card
from edge_app.model.card_writing import replace_card
from edge_app.model.starter import STARTER
from tests.models import INT8


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Twenty drawn pets of each class."""
    write_drawings(tmp_path / "phone", 40, size=64)
    return tmp_path / "phone"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The starter, never judged on another source."""
    path = Path(shutil.copy(STARTER, tmp_path / "mine.tflite"))
    replace_card(path, replace(read_own_card(path), other_source=None))
    return path


def test_the_card_gets_the_number_and_the_second_time_it_is_said_what_it_replaces(
    pets: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["other-source", str(mine), "--photos", str(pets), "--write-card", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    found = read_result(tmp_path / "out" / "other_source.json", OtherSource).files[0].judgement.accuracy
    card = read_own_card(mine)
    assert card.other_source == found
    assert (found.data, found.photographs) == ("phone", 40)
    assert f"{mine}: {found} of 40 photographs, phone; before: nothing" in capsys.readouterr().out
    assert main([*words, "--source-name", "my phone", "--overwrite"]) == 0
    assert f"my phone; before: {found} of 40 photographs, phone" in capsys.readouterr().out
    assert card.accuracy == read_own_card(STARTER).accuracy


def test_without_being_asked_no_file_is_written_to(pets: Path, mine: Path, tmp_path: Path) -> None:
    before = mine.read_bytes()
    assert main(["other-source", str(mine), "--photos", str(pets), "--out", str(tmp_path / "out")]) == 0
    assert mine.read_bytes() == before


def test_run_with_a_source_name_measures_the_same(
    pets: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [
        "run",
        str(mine),
        "--photos",
        str(pets),
        "--source-name",
        "my phone",
        "--threads",
        "1,2",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "own source (95 %)" in told
    assert "my phone: 40 photographs" in told
    assert read_result(out / "other_source.json", OtherSource).source == "my phone"
    assert (out / "other_source.md").read_text() in told
    assert not (out / "result.json").exists()


def test_the_half_is_said(pets: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["other-source", str(mine), "--photos", str(pets), "--half", "odd", "--out", str(out)]) == 0
    result = read_result(out / "other_source.json", OtherSource)
    assert 5 < result.files[0].judgement.photographs < 35
    assert result.files[0].judgement.accuracy.data == "phone, odd half"
    assert "phone, odd half: " in capsys.readouterr().out
    words = ["run", str(mine), "--photos", str(pets), "--source-name", "mine", "--half", "even", "--out", str(out)]
    assert main([*words, "--overwrite"]) == 0
    other = read_result(out / "other_source.json", OtherSource)
    assert other.half == "even"
    assert result.files[0].judgement.photographs + other.files[0].judgement.photographs == 40


def test_a_zip_is_named_without_its_ending(pets: Path, mine: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "holidays"), "zip", pets)
    assert main(["other-source", str(mine), "--photos", archive, "--out", str(tmp_path / "out")]) == 0
    assert read_result(tmp_path / "out" / "other_source.json", OtherSource).source == "holidays"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["run", "MINE", "--source-name", "x"], 2, "give them with --photos DIR"),
        (["run", "MINE", "--photos", "PETS", "--source-name", "x", "--require", "accuracy>=0.5"], 2, "out --require"),
        (["run", "MINE", "--photos", "PETS", "--half", "odd"], 2, "name it with --source-name"),
        (["other-source", "--photos", "PETS", "--write-card"], 2, "--write-card needs a MODEL"),
        (["other-source", "OTHER", "--photos", "PETS", "--write-card"], 1, "has no model card of FieldLens"),
        (["other-source", "OTHER", "--photos", "PETS", "--labels", "LABELS"], 1, "shows cat, dog, the model knows"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    words: list[str],
    code: int,
    sentence: str,
    pets: Path,
    mine: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(f"thing {number}" for number in range(1001)))
    places = {"MINE": mine, "PETS": pets, "OTHER": INT8, "LABELS": labels}
    assert main([str(places.get(word, word)) for word in words]) == code
    assert sentence in capsys.readouterr().err
