"""Promises of the settings of offline augmentation: impossible ones are a sentence, and `only` means only."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from edge_app.common.errors import UsageError
from train.offline.settings import FIELDS, OfflineAugmentation, only


def test_only_switches_the_others_off_and_does_shares_to_every_copy() -> None:
    chosen = only(OfflineAugmentation(), ["flip", "rotate", "style"], ())
    assert {field: value for field, value in asdict(chosen).items() if value} == {"flip": 1.0, "rotate_degrees": 15.0}


def test_only_keeps_the_numbers_that_were_chosen() -> None:
    assert only(OfflineAugmentation(clahe=0.3), ["clahe"], ["clahe"]).clahe == 0.3


@pytest.mark.parametrize(
    ("names", "given", "sentence"),
    [
        (["flip", "solarize"], (), "unknown operation `solarize`; choose of flip, rotate"),
        ([""], (), "unknown operation ``"),
        (["flip"], ("zoom",), "zoom has a number and is not among the only operations (flip)"),
    ],
)
def test_only_refuses_what_cannot_be_meant(names: list[str], given: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        only(OfflineAugmentation(), names, given)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("field", FIELDS.values())
def test_impossible_numbers_are_refused(field: str) -> None:
    for value in (-0.1, 500.0, float("nan")):
        with pytest.raises(UsageError, match=f"{field} must be from 0 to"):
            OfflineAugmentation(**{field: value})
