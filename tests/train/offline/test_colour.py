"""Promises of the colours of offline augmentation: the arithmetic, written out, and one rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.offline.colour import DRAWS, recolour
from train.offline.operation import Operation

GREY = np.full((4, 4, 3), 100, np.uint8)
LUMA_BGR = (0.114, 0.587, 0.299)


def colours(seed: int = 0, low: int = 0, high: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, (20, 30, 3), np.uint8)


def factor(name: str, value: float) -> Operation:
    return Operation(name, {"factor": value})


@pytest.mark.parametrize("name", ["contrast", "brightness", "saturation"])
def test_a_factor_of_one_changes_nothing(name: str) -> None:
    np.testing.assert_array_equal(recolour(colours(), [factor(name, 1.0)]), colours())


def test_brightness_multiplies_and_cuts() -> None:
    image = np.array([[[0, 100, 200]]], np.uint8)
    assert recolour(image, [factor("brightness", 1.5)]).tolist() == [[[0, 150, 255]]]


def test_contrast_moves_away_from_the_mean_of_the_photograph() -> None:
    image = np.array([[[50, 50, 50], [150, 150, 150]]], np.uint8)
    assert recolour(image, [factor("contrast", 1.5)])[0, :, 0].tolist() == [25, 175]
    assert recolour(image, [factor("contrast", 0.0)])[0, :, 0].tolist() == [100, 100]


def test_no_saturation_is_grey_with_the_same_luminance() -> None:
    grey = recolour(colours(), [factor("saturation", 0.0)])
    luminance = np.rint(colours() @ np.array(LUMA_BGR))
    for channel in range(3):
        np.testing.assert_allclose(grey[..., channel], luminance, atol=1)


def test_a_turn_of_the_hue_keeps_luminance_and_grey() -> None:
    turned = recolour(colours(low=90, high=160), [Operation("hue", {"degrees": 40.0})])
    luminance = colours(low=90, high=160) @ np.array(LUMA_BGR)
    np.testing.assert_allclose(turned @ np.array(LUMA_BGR), luminance, atol=1)
    np.testing.assert_array_equal(recolour(GREY, [Operation("hue", {"degrees": 40.0})]), GREY)
    full = recolour(colours(), [Operation("hue", {"degrees": 360.0})])
    np.testing.assert_allclose(full.astype(int), colours().astype(int), atol=1)


def test_a_third_of_a_turn_makes_red_green_and_not_blue() -> None:
    red = np.array([[[80, 80, 160]]], np.uint8)
    blue, green, red_left = recolour(red, [Operation("hue", {"degrees": 120.0})])[0, 0].tolist()
    other = recolour(red, [Operation("hue", {"degrees": -120.0})])[0, 0].tolist()
    assert max(blue, green) > red_left
    assert {int(np.argmax([blue, green, red_left])), int(np.argmax(other))} == {0, 1}


def test_operations_are_rounded_once() -> None:
    """In bytes, halving and doubling would lose every odd level."""
    np.testing.assert_array_equal(
        recolour(colours(), [factor("brightness", 0.5), factor("brightness", 2.0)]), colours()
    )


@settings(max_examples=50, deadline=None)
@given(most=st.floats(0.01, 2.0), seed=st.integers(0, 999))
def test_drawn_factors_stay_within_their_bounds(most: float, seed: int) -> None:
    for name in ("contrast", "brightness", "saturation"):
        drawn = DRAWS[name](most, np.random.default_rng(seed))
        assert drawn is not None
        assert max(0.0, 1 - most) <= drawn["factor"] <= 1 + most
