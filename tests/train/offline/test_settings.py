"""Promises of the settings of offline augmentation: impossible ones are a sentence, and `only` means only."""

from __future__ import annotations

import pytest

from edge_app.common.errors import UsageError
from train.offline.settings import FIELDS, OfflineAugmentation, only
from train.settings import Field


def test_only_switches_the_others_off_and_does_shares_to_every_copy() -> None:
    chosen = only(OfflineAugmentation(), ["flip", "rotate", "style"], ())
    amounts = {name: chosen.amount(name) for name in FIELDS}
    assert {name: amount for name, amount in amounts.items() if amount is not None} == {"flip": 1.0, "rotate": 15.0}


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


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_impossible_numbers_are_refused(field: Field) -> None:
    for value in (-0.1, 500.0, float("nan")):
        with pytest.raises(UsageError) as caught:
            OfflineAugmentation(**{field.name: value})
        low, high = field.setting.within or (0, 0)
        assert f"augmentation needs {field.words} from {low:g} to {high:g}, received {value}" in str(caught.value)
