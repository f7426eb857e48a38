"""Which way a job goes is decided by how many photographs there are, and said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edge_app.common.errors import DataError, UsageError
from train.data.splits import SplitFile
from train.fitting.way import Validation, Way, choose_way, refuse_single_photographs
from train.models.architectures.custom_cnn import TINY
from train.models.architectures.hub import HUB
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.recipes import Recipe

LABELS = ("cat", "dog")


def _files(per_class: int, copy_of: str = "") -> list[SplitFile]:
    return [
        SplitFile(f"{label}/{number}.jpg", label, "train", f"{label}{number}", copy_of)
        for label in LABELS
        for number in range(per_class)
    ]


def _chosen(
    per_class: int,
    asked: Validation = "auto",
    recipe: Recipe = MOBILENET_V2,
    weights: str = "imagenet",
    others: str = "",
) -> Way:
    return choose_way(asked, _files(per_class), LABELS, recipe, weights, others)


@pytest.mark.parametrize(
    ("per_class", "folds", "fine_tunes", "reason"),
    [
        (2, True, False, "there are 2 per class, fewer than 100"),
        (99, True, False, "there are 99 per class, fewer than 100"),
        (100, True, True, "there are 200 photographs, fewer than 2,000"),
        (999, True, True, "there are 1,998 photographs, fewer than 2,000"),
        (1000, False, False, "there are 2,000 photographs, 2,000 or more"),
        (4000, False, False, "there are 8,000 photographs, 2,000 or more"),
    ],
)
def test_how_many_photographs_there_are_decides(per_class: int, folds: bool, fine_tunes: bool, reason: str) -> None:
    """Few: a head; more: fine-tuning from that head, if it helps; many: some are held back."""
    assert _chosen(per_class) == Way(folds, reason, fine_tunes)


@pytest.mark.parametrize(
    ("per_class", "expected"),
    [
        (30, Way(True, "there are 30 per class beside the test ones, fewer than 100", False, True)),
        (100, Way(True, "there are 200 photographs beside the test ones, fewer than 2,000", True, True)),
        (1000, Way(False, "there are 2,000 photographs beside the test ones, 2,000 or more")),
    ],
)
def test_given_test_photographs_stay_out_and_do_not_count(per_class: int, expected: Way) -> None:
    learning = [replace(file, given="train") for file in _files(per_class)]
    tested = [replace(file, split="test", given="test") for file in _files(500)]
    assert choose_way("auto", learning + tested, LABELS, MOBILENET_V2, "imagenet") == expected
    assert not choose_way("folds", learning + tested, LABELS, MOBILENET_V2, "imagenet").tests
    assert not choose_way("split", learning + tested, LABELS, MOBILENET_V2, "imagenet").folds


def test_a_photograph_that_tests_is_nothing_to_learn_from() -> None:
    files = [*_files(2), *(replace(file, split="test") for file in _files(9) if file.label == "cat")][1:]
    with pytest.raises(DataError, match="has 1 pictures of `cat` to learn from"):
        refuse_single_photographs("pets", files, LABELS)


def test_the_way_is_said_with_its_reason() -> None:
    assert str(_chosen(100)) == (
        "training a linear head, then fine-tuning where it helps, on all photographs, with cross-validation, because "
        "there are 200 photographs, fewer than 2,000"
    )
    assert str(_chosen(99)).startswith("training a linear head on all photographs, with cross-validation, because")


def test_folds_fine_tune_whatever_can_be_fine_tuned() -> None:
    assert _chosen(4000, "folds").fine_tunes
    assert _chosen(100, "folds", replace(MOBILENET_V2, epochs=5, learning_rate=1e-3)).fine_tunes
    assert not _chosen(99, "folds").fine_tunes
    assert not _chosen(4000, "folds", replace(MOBILENET_V2, epochs=0)).fine_tunes
    assert not _chosen(100, recipe=HUB).fine_tunes
    assert _chosen(100, recipe=HUB).folds


def test_several_workers_hold_photographs_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would train the same head each, and all write the run folder."""
    cluster = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    assert _chosen(10) == Way(False, "several workers share the training")


def test_the_user_overrides_the_rule() -> None:
    assert not _chosen(10, "split").folds
    assert _chosen(4000, "folds").folds


@pytest.mark.parametrize(
    ("changes", "said"), [({"epochs": 7}, "epochs is not"), ({"epochs": 7, "mixup": 0.1}, "epochs, mixup are not")]
)
def test_whoever_changes_how_to_train_is_trained_so(changes: dict[str, float], said: str) -> None:
    way = _chosen(10, recipe=replace(MOBILENET_V2, **changes))  # type: ignore[arg-type]  # the names are its fields
    assert not way.folds
    assert said in way.reason


def test_the_size_of_the_network_holds_for_a_head_too() -> None:
    assert _chosen(10, recipe=replace(MOBILENET_V2, input_size=96, width=0.35)).folds


@pytest.mark.parametrize(
    ("recipe", "weights", "others", "said"),
    [
        (TINY, "imagenet", "", "without pretrained weights"),
        (MOBILENET_V2, "none", "", "without pretrained weights"),
        (MOBILENET_V2, "imagenet", "a teacher", "learns from a teacher"),
        (replace(MOBILENET_V2, dense_units=16), "imagenet", "", "more than one layer"),
        (replace(MOBILENET_V2, soup=2), "imagenet", "", "a soup are chosen on photographs held back"),
    ],
)
def test_what_a_linear_head_cannot_do_is_trained_with_a_split_and_refused_with_folds(
    recipe: Recipe, weights: str, others: str, said: str
) -> None:
    way = _chosen(10, "auto", recipe, weights, others)
    assert not way.folds
    assert said in way.reason
    with pytest.raises(UsageError, match=said):
        _chosen(10, "folds", recipe, weights, others)


def test_augmented_copies_would_be_taken_for_photographs() -> None:
    files = _files(5) + _files(5, copy_of="cat/0.jpg")
    assert not choose_way("auto", files, LABELS, MOBILENET_V2, "imagenet").folds


def test_one_photograph_of_a_class_is_too_few_and_so_are_copies_of_one() -> None:
    refuse_single_photographs("pets", _files(2), LABELS)
    copies = [replace(file, sha256=file.label, key="") for file in _files(3)]
    with pytest.raises(DataError, match="`pets` has 1 pictures of `cat` to learn from, copies"):
        refuse_single_photographs("pets", copies, LABELS)
