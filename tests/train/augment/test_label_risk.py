"""Promises of the warnings: said where names call for them, silent for cats and dogs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from train.augment.augmentation import OFF, Augmentation
from train.augment.label_risk import label_risks


def risks(labels: list[str], **strengths: object) -> list[str]:
    return label_risks(labels, replace(OFF, **strengths))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog"],
        ["daisy", "dandelion", "roses", "sunflowers", "tulips"],
        ["class 1", "class 2", "copyright", "leftover"],
    ],
)
def test_usual_changes_of_usual_classes_are_no_risk(labels: list[str]) -> None:
    usual = Augmentation(crop=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02, erase=0.5, noise=5.0)
    assert label_risks(labels, usual) == []


def test_nothing_done_is_no_risk_whatever_the_names() -> None:
    assert label_risks(["left", "right", "6", "9", "red", "day", "up"], OFF) == []


@pytest.mark.parametrize(
    ("labels", "strengths", "sentence"),
    [
        (["turn_left", "turnRight"], {"flip": True}, "flipping turns left into right, and `turn_left`, `turnRight`"),
        (["3", "8"], {"flip": True}, "flipping mirrors writing, and `3` sound"),
        (["text", "photo"], {"flip": True}, "flipping mirrors writing, and `text`"),
        (["6", "9"], {"rotate_degrees": 120.0}, "turned by up to 120 degrees, `6` becomes `9`; stay below 45"),
        (["digit 6", "digit 9"], {"rotate_degrees": 90.0}, "`6` becomes `9`"),
        (["arrow-up", "arrow-down"], {"rotate_degrees": 60.0}, "turned by up to 60 degrees, `arrow-up`, `arrow-down`"),
        (["red car", "blue car"], {"hue": 0.2}, "`red car`, `blue car` are told apart by their colour, which hue ±0.2"),
        (["ripe", "unripe"], {"saturation": 0.9}, "told apart by their colour"),
        (["day", "night"], {"brightness": 0.5}, "`day`, `night` are told apart by how bright they are"),
        (["day", "night"], {"equalize": 0.1}, "told apart by how bright they are"),
        (["cat", "dog"], {"crop": 0.05}, "a crop of 5% of the area may miss the object; keep at least 20%"),
        (["cat", "dog"], {"erase": 0.1, "erase_area": (0.1, 0.7)}, "erasing up to 70% of the area"),
        (["cat", "dog"], {"translate": 0.6}, "shifting by up to 60% may push the object out"),
        (["cat", "dog"], {"noise": 80.0}, "noise of 80 levels is as strong as the picture itself"),
    ],
)
def test_each_risk_is_one_sentence_with_its_reason(
    labels: list[str], strengths: dict[str, object], sentence: str
) -> None:
    (found,) = risks(labels, **strengths)
    assert sentence in found
    assert "; " in found  # the way out


def test_many_names_are_shortened() -> None:
    (found,) = risks([str(number) for number in range(10)], flip=True)
    assert "`1`, `2`, `3` and 5 more" in found
