"""Promises of recognising what the folders of other programs say: classes, and splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.photographs.folders import find_photographs
from edge_app.photographs.layouts import read_layout
from edge_app.photographs.splits import Split
from tests.edge_app.photographs.test_folders import touch

TRAIN, VALIDATION, TEST = "train", "validation", "test"


def split_first(*parts: str) -> list[str]:
    return [f"{part}/{label}/{number}.jpg" for part in parts for label in ("cats", "dogs") for number in range(2)]


def class_first(*parts: str) -> list[str]:
    return [f"{label}/{part}/{number}.jpg" for part in parts for label in ("cats", "dogs") for number in range(2)]


@pytest.mark.parametrize("nested", [split_first, class_first])
@pytest.mark.parametrize(
    ("parts", "given"),
    [
        (("train", "val", "test"), {"train": TRAIN, "val": VALIDATION, "test": TEST}),  # Ultralytics
        (("train", "valid", "test"), {"train": TRAIN, "valid": VALIDATION, "test": TEST}),  # Roboflow
        (("train", "validation"), {"train": TRAIN, "validation": TEST}),  # Keras
        (("train", "test"), {"train": TRAIN, "test": TEST}),  # Hugging Face
        (("Training", "Testing"), {"Training": TRAIN, "Testing": TEST}),
        (("TRAIN", "Val"), {"TRAIN": TRAIN, "Val": TEST}),
        (("val", "test"), {"val": VALIDATION, "test": TEST}),
        (("test",), {"test": TEST}),
        (("train",), {}),  # nothing is held back: split as any folder
    ],
)
def test_splits_are_recognised_in_any_subset_and_either_nesting(
    nested: object, parts: tuple[str, ...], given: dict[str, Split], tmp_path: Path
) -> None:
    assert callable(nested)
    names = nested(*parts)
    found = find_photographs(touch(tmp_path, *names))
    assert (found.layout, found.labels, len(found.files), found.given) == (
        "folder per class",
        ("cats", "dogs"),
        len(names),
        given,
    )
    for file in found.files:
        (part,) = set(file.path.split("/")) & set(parts)
        assert file.given_split == given.get(part)
        assert file.label in file.path


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("train/1.jpg", "bus/1.jpg", "car/1.jpg"), ("bus", "car", "train")),  # toys
        (("train/red/1.jpg", "train/blue/1.jpg", "bus/red/1.jpg", "car/red/2.jpg"), ("bus", "car", "train")),
        (("toys/train/1.jpg", "toys/bus/1.jpg", "cats/1.jpg"), ("cats", "toys")),
        (("toys/train/1.jpg", "cats/1.jpg"), ("cats", "toys")),
    ],
)
def test_a_class_that_is_called_like_a_split_stays_a_class(
    names: tuple[str, ...], labels: tuple[str, ...], tmp_path: Path
) -> None:
    found = find_photographs(touch(tmp_path, *names))
    assert (found.labels, found.given, len(found.files)) == (labels, {}, len(names))


def test_of_kaggles_root_the_labelled_part_is_used(tmp_path: Path) -> None:
    labelled = [f"train/{label}.{number}.jpg" for label in ("cat", "dog") for number in range(3)]
    found = find_photographs(touch(tmp_path, *labelled, "test1/1.jpg", "test1/2.jpg", "sampleSubmission.csv"))
    assert (found.layout, found.labels, found.given) == ("flat names", ("cat", "dog"), {})
    assert [file.path for file in found.files] == labelled
    assert found.unlabelled == ("test1/1.jpg", "test1/2.jpg")


def test_pictures_without_a_class_beside_the_classes_of_a_split_are_left_out(tmp_path: Path) -> None:
    found = find_photographs(touch(tmp_path, *split_first("train", "test"), "train/stray.jpg", "cover.jpg"))
    assert found.unlabelled == ("cover.jpg", "train/stray.jpg")
    assert find_photographs(touch(tmp_path / "b", *class_first("train"), "cats/x.jpg")).unlabelled == ("cats/x.jpg",)


def test_what_the_folders_do_is_said(tmp_path: Path) -> None:
    def said(*parts: str) -> str:
        root = touch(tmp_path / "-".join(parts), *split_first(*parts))
        return str(find_photographs(root)).partition("; ")[2]

    assert said("train") == ""
    assert said("train", "val", "test") == "the folders give the split: train/ trains, val/ validates, test/ tests"
    assert said("train", "val") == (
        "the folders give the split: train/ trains, val/ tests, because there is no test/; "
        "some photographs of train/ validate, chosen by their bytes"
    )


def test_a_name_in_both_unicode_forms_is_one_class() -> None:
    places = read_layout(
        ["cafe\N{COMBINING ACUTE ACCENT}/1.jpg", "caf\N{LATIN SMALL LETTER E WITH ACUTE}/2.jpg"]
    ).places
    assert {place.label for place in places.values()} == {"caf\N{LATIN SMALL LETTER E WITH ACUTE}"}
