"""Promises of photographs of another source: which of a folder count, and what is said of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.measure.accuracy.other_source import choose_other_source, half_of, measure_other_source
from benchmarks.results.json_records import from_json, to_json
from benchmarks.results.other_source import OtherSource, about, source_table
from edge_app.common.errors import DataError
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from edge_app.photographs.splits import sha256_of

LABELS = ("cat", "dog")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Twenty drawn pets of each class."""
    write_drawings(tmp_path / "phone", 40, size=64)
    return tmp_path / "phone"


def hashes(root: Path) -> dict[str, Path]:
    return {sha256_of(path.read_bytes()): path for path in sorted(root.glob("*/*.*"))}


def test_all_photographs_count_whatever_split_their_bytes_would_put_them_in(pets: Path) -> None:
    chosen, left_out = choose_other_source(pets, "phone", LABELS, ())
    assert {path for path, _ in chosen.files} == set(pets.glob("*/*.*"))
    assert {label for path, label in chosen.files if path.parent.name != label} == set()
    assert left_out.sentences() == []


def test_the_halves_are_told_by_the_last_digit_of_the_hash_and_make_the_whole(pets: Path) -> None:
    assert [half_of("0" * 63 + digit) for digit in "0189af"] == ["even", "odd", "even", "odd", "even", "odd"]
    halves = [
        {path for path, _ in choose_other_source(pets, "", LABELS, (), half)[0].files} for half in ("even", "odd")
    ]
    assert all(len(half) > 5 for half in halves)
    assert halves[0].isdisjoint(halves[1])
    assert halves[0] | halves[1] == set(pets.glob("*/*.*"))
    for sha256, path in hashes(pets).items():
        assert path in halves["13579bdf".find(sha256[-1]) >= 0]


def test_what_training_knew_copies_contradictions_and_other_classes_are_left_out_and_said(pets: Path) -> None:
    files = sorted(pets.glob("cat/*.*"))
    known = {sha256_of(path.read_bytes()) for path in files[:3]}
    shutil.copy(files[4], pets / "cat" / "again.png")
    shutil.copy(files[5], pets / "dog" / "a cat.png")
    (pets / "horse").mkdir()
    for number in range(2):
        shutil.copy(files[6 + number], pets / "horse" / f"{number}.png")
    chosen, left_out = choose_other_source(pets, "phone", LABELS, known)
    assert left_out.sentences() == [
        "left out: 3 photographs in the splits of the run (by SHA-256)",
        "left out: 1 photograph with the same bytes as another (by SHA-256)",
        "left out: 2 photographs with the same bytes in several classes (by SHA-256)",
        "left out: 2 photographs of classes that the model does not know (horse)",
    ]
    assert len(chosen.files) == 40 - 3 - 1
    assert chosen.labels == LABELS


def test_a_folder_without_any_label_of_the_model_is_refused(pets: Path) -> None:
    with pytest.raises(DataError, match="shows cat, dog, the model knows bird, fish; name the folders"):
        choose_other_source(pets, "phone", ("fish", "bird"), ())


def test_a_folder_that_training_knew_altogether_is_refused(pets: Path) -> None:
    with pytest.raises(DataError, match=r"no photographs of another source \(left out: 40 photographs in the splits"):
        choose_other_source(pets, "phone", LABELS, hashes(pets))


def test_own_and_other_source_stand_side_by_side_and_are_read_back(pets: Path) -> None:
    (pets / "dog" / "broken.png").write_bytes(b"no picture")
    result = measure_other_source([Classifier(STARTER, threads=1)], pets, "my phone")
    (file,) = result.files
    assert (file.judgement.photographs, result.left_out.unreadable) == (40, 1)
    assert file.own_source is not None
    found = file.difference
    assert found is not None
    assert found.value == pytest.approx(file.judgement.accuracy.top1 - file.own_source.top1)
    assert file.answered is not None
    assert file.answered.right <= file.judgement.right().sum()
    (row,) = source_table(result).rows
    assert row[1] == f"{file.own_source} of {file.own_source.photographs:,}"
    assert row[2] == f"{file.judgement.accuracy} of 40"
    assert about(result)[0] == "my phone: 40 photographs (cat 20, dog 20)"
    assert "name it with --run" in about(result)[-1]
    assert from_json(OtherSource, to_json(result)) == result
