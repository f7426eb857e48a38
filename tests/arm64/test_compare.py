"""The judge of two machines' answers; the rest of this folder is run by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_app.common.errors import ResultError
from tests.arm64.compare import Pair, compare

CAT = ("photos/01-cat.jpg", "cat", [["cat", 0.75], ["dog", 0.25]])
DOG = ("photos/02-dog.jpg", "dog", [["dog", 0.9], ["cat", 0.1]])


def write(path: Path, *answers: tuple[str, str, list[list[object]]]) -> Path:
    lines = [{"source": source, "label": label, "score": top[0][1], "top": top} for source, label, top in answers]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_equal_answers_differ_by_nothing(tmp_path: Path) -> None:
    pairs = compare(write(tmp_path / "here", CAT, DOG), write(tmp_path / "there", CAT, DOG))
    assert pairs == (
        Pair("01-cat.jpg", ("cat", "cat"), (0.75, 0.75), 0.0, 0.0),
        Pair("02-dog.jpg", ("dog", "dog"), (0.9, 0.9), 0.0, 0.0),
    )
    assert all(pair.same_label for pair in pairs)


def test_another_label_is_seen_and_scores_are_compared_by_label_not_by_rank(tmp_path: Path) -> None:
    turned = ("elsewhere/01-cat.jpg", "dog", [["dog", 0.625], ["cat", 0.375]])
    (pair,) = compare(write(tmp_path / "here", CAT), write(tmp_path / "there", turned))
    assert not pair.same_label
    assert pair.largest_difference == 0.375
    assert pair.lead == 0.5  # of the cat, where it won


def test_a_label_that_is_there_twice_counts_twice(tmp_path: Path) -> None:
    cranes = ("1.jpg", "crane", [["crane", 0.5], ["crane", 0.25], ["stork", 0.25]])
    others = ("1.jpg", "crane", [["crane", 0.5], ["stork", 0.375], ["crane", 0.125]])
    (pair,) = compare(write(tmp_path / "here", cranes), write(tmp_path / "there", others))
    assert pair.largest_difference == 0.125


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ((), "1 photographs were read here and 0 there"),
        ((DOG,), "one machine read `01-cat.jpg` where the other read `02-dog.jpg`"),
        ((("01-cat.jpg", "cat", [["cat", 0.75], ["fox", 0.25]]),), "the machines list other labels: ['dog', 'fox']"),
        ((("01-cat.jpg", "cat", [["cat", 0.75]]),), "the machines list other labels: ['dog']"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    there: tuple[tuple[str, str, list[list[object]]], ...], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ResultError) as caught:
        compare(write(tmp_path / "here", CAT), write(tmp_path / "there", *there))
    assert sentence in str(caught.value)


def test_no_answers_at_all_are_no_agreement(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no line"):
        compare(write(tmp_path / "here"), write(tmp_path / "there"))
