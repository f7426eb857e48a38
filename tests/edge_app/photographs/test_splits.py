"""Promises of the splits: large classes by fixed cuts, every split of a small class, and no test photograph trained."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_app.photographs.splits import (
    FEW,
    USUAL_CUTS,
    Cuts,
    cuts_by_label,
    cuts_of,
    latest_cuts,
    position_of,
    sha256_of,
    split_of,
    splits_of,
)


def key_at(position: float) -> str:
    """A hash at a position, 0..1."""
    return f"{int(position * 2**32):08x}" + "0" * 56


def numbered(count: int, first: int = 0) -> list[str]:
    return [sha256_of(str(number).encode()) for number in range(first, first + count)]


hashes = st.binary(max_size=12).map(sha256_of)


@pytest.mark.parametrize(
    ("photographs", "train", "validation", "test"),
    [(1, 1, 0, 0), (2, 1, 0, 1), (3, 1, 1, 1), (4, 2, 1, 1), (10, 6, 1, 3), (30, 19, 3, 8), (99, 64, 10, 25)],
)
def test_a_small_class_is_in_every_split_from_three_photographs_on(
    photographs: int, train: int, validation: int, test: int
) -> None:
    keys = numbered(photographs)
    splits = [split_of(key, cuts_of(keys)) for key in keys]
    assert [splits.count(split) for split in ("train", "validation", "test")] == [train, validation, test]


@given(st.sets(hashes, min_size=3, max_size=40))
def test_whatever_the_hashes_no_split_of_three_and_more_is_empty(keys: set[str]) -> None:
    assume(len({position_of(key) for key in keys}) == len(keys))
    assert {split_of(key, cuts_of(keys)) for key in keys} == {"train", "validation", "test"}


def test_the_cuts_of_large_classes_stay_where_they_were() -> None:
    assert Cuts(0.65, 0.75) == USUAL_CUTS
    assert cuts_of(numbered(FEW)) == USUAL_CUTS
    assert cuts_of(numbered(FEW - 1)) != USUAL_CUTS
    all_low = [key_at(number / 4000) for number in range(FEW)]
    assert {split_of(key, cuts_of(all_low)) for key in all_low} == {"train"}


def test_cuts_are_a_function_of_the_set_alone() -> None:
    keys = numbered(20)
    assert cuts_of(keys) == cuts_of(reversed(keys)) == cuts_of([*keys, *keys])


def test_cuts_lie_on_the_first_photograph_of_the_next_split() -> None:
    assert cuts_of([key_at(0.5), key_at(0.25), key_at(0.75)]) == Cuts(0.5, 0.75)
    assert cuts_of([key_at(0.25), key_at(0.5)]) == Cuts(0.5, 0.5)
    assert cuts_of([key_at(0.25)]) == Cuts(0.25 + 2.0**-32, 0.25 + 2.0**-32)
    assert cuts_of([]) == USUAL_CUTS


@given(st.sets(hashes, min_size=1, max_size=120), st.sets(hashes, max_size=120), st.randoms())
def test_with_a_models_cuts_no_photograph_that_trained_is_ever_tested(
    before: set[str], added: set[str], random: object
) -> None:
    """Whatever was added since, and whatever was left out, on the board or before the next training."""
    cuts = cuts_by_label(("cat", key) for key in before)
    then = splits_of([("cat", key) for key in before], cuts)
    kept = [key for key in sorted(before) if random.random() < 0.5]  # type: ignore[attr-defined]
    now = splits_of([("cat", key) for key in (*kept, *added)], cuts)
    assert {key: now[key] for key in kept} == {key: then[key] for key in kept}


def test_the_same_bytes_in_two_classes_stay_together_and_train_first() -> None:
    photographs = [("cat", key_at(0.1)), ("cat", key_at(0.25)), ("cat", key_at(0.5)), ("dog", key_at(0.5))]
    cuts = cuts_by_label(photographs)
    assert cuts == {"cat": Cuts(0.25, 0.5), "dog": Cuts(0.5 + 2.0**-32, 0.5 + 2.0**-32)}
    assert splits_of(photographs, cuts)[key_at(0.5)] == "train"


def test_several_models_are_tested_behind_the_cuts_of_all() -> None:
    models = [{"cat": Cuts(0.5, 0.6)}, {"cat": Cuts(0.7, 0.8), "dog": Cuts(0.2, 0.3)}]
    assert latest_cuts(models) == {"cat": Cuts(0.7, 0.8), "dog": Cuts(0.65, 0.75)}
    assert latest_cuts([]) == latest_cuts([{}]) == {}
