"""Promises of drawing and applying operations: a function of seed, bytes and copy number, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.offline.operation import Operation
from train.offline.operations import apply_operations, draw_operations, generator_of
from train.offline.settings import FIELDS, OfflineAugmentation

ONE, OTHER = "00" * 32, "00" * 31 + "01"
ALWAYS = OfflineAugmentation(flip=1, equalize=1, clahe=1, erase=1)


def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


def drawn(seed: int = 0, sha256: str = ONE, copy: int = 1, settings_: OfflineAugmentation = ALWAYS) -> list[Operation]:
    return list(draw_operations(settings_, generator_of(seed, sha256, copy)))


def test_every_operation_can_happen_and_order_is_fixed() -> None:
    names = [operation.name for operation in drawn()]
    assert set(names) == set(FIELDS)
    assert names == [
        *("equalize", "clahe", "crop", "zoom", "rotate", "translate", "flip"),
        *("contrast", "brightness", "saturation", "hue", "erase", "noise"),
    ]


def test_seed_bytes_and_copy_number_decide_and_all_of_them_do() -> None:
    assert drawn() == drawn()
    for other in (drawn(seed=1), drawn(sha256=OTHER), drawn(copy=2)):
        assert all(a != b for a, b in zip(drawn(), other, strict=True) if a.parameters)


@pytest.mark.parametrize("name", FIELDS)
def test_switching_one_off_leaves_the_others_as_they_were(name: str) -> None:
    without = drawn(settings_=replace(ALWAYS, **{FIELDS[name].name: FIELDS[name].setting.off}))
    assert without == [operation for operation in drawn() if operation.name != name]


@pytest.mark.parametrize("name", ["flip", "equalize", "clahe", "erase"])
def test_a_share_is_the_share_of_copies(name: str) -> None:
    settings_ = replace(OfflineAugmentation(), **{FIELDS[name].name: 0.3})
    happened = sum(
        name in {operation.name for operation in drawn(copy=copy, settings_=settings_)} for copy in range(800)
    )
    assert 190 <= happened <= 290  # 240 expected, standard deviation 13


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), copy=st.integers(1, 10_000))
def test_the_manifest_is_enough_to_make_the_same_pixels_again(seed: int, copy: int) -> None:
    operations = drawn(seed, ONE, copy)
    written = json.loads(json.dumps([operation.to_json() for operation in operations]))
    again = [Operation.from_json(content) for content in written]
    assert again == operations
    np.testing.assert_array_equal(apply_operations(image(), again), apply_operations(image(), operations))


def test_the_picture_that_was_given_stays() -> None:
    given_image = image()
    result = apply_operations(given_image, drawn())
    assert result.shape == given_image.shape
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(given_image, image())


def test_a_caption_names_what_was_done() -> None:
    assert str(Operation("rotate", {"degrees": 7.512})) == "rotate 7.51"
    assert str(Operation("style", {"style": "wave.jpg", "steps": 100, "weight": 10.0})) == "style wave.jpg 10"
