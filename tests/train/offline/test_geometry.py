"""Promises of the geometry of offline augmentation: points go where they should, in one resampling."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.model.card import Size
from edge_app.photographs.decoder import Image
from tests.pictures import photograph
from train.offline.geometry import DRAWS, move, movement
from train.offline.operation import Operation


def picture(height: int = 60, width: int = 90) -> Image:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def place_of(operations: list[Operation], x: float, y: float, width: int = 90, height: int = 60) -> tuple[float, float]:
    moved = movement(operations, width, height) @ (x, y, 1.0)
    return round(float(moved[0]), 6), round(float(moved[1]), 6)


def test_nothing_to_do_changes_nothing() -> None:
    np.testing.assert_array_equal(move(picture(), ()), picture())


def test_a_flip_is_exactly_the_mirror_image() -> None:
    np.testing.assert_array_equal(move(picture(), [Operation("flip")]), picture()[:, ::-1])


def test_a_half_turn_is_exactly_that_and_a_quarter_turn_is_anticlockwise() -> None:
    np.testing.assert_array_equal(move(picture(), [Operation("rotate", {"degrees": 180.0})]), picture()[::-1, ::-1])
    square = picture(60, 60)
    np.testing.assert_array_equal(move(square, [Operation("rotate", {"degrees": 90.0})]), np.rot90(square))


def test_a_shift_by_whole_pixels_moves_them_and_mirrors_the_edge() -> None:
    moved = move(picture(), [Operation("translate", {"x": 0.1, "y": -0.05})])  # 9 pixels right, 3 up
    np.testing.assert_array_equal(moved[:57, 9:], picture()[3:, :81])
    np.testing.assert_array_equal(moved[:57, :9], picture()[3:, :9][:, ::-1])


def test_where_points_go() -> None:
    """Written out for 90×60 pixels: the centre is at (44.5, 29.5)."""
    assert place_of([Operation("zoom", {"factor": 2.0})], 44.5, 29.5) == (44.5, 29.5)
    assert place_of([Operation("zoom", {"factor": 2.0})], 45.5, 29.5) == (46.5, 29.5)
    assert place_of([Operation("rotate", {"degrees": 90.0})], 54.5, 29.5) == (44.5, 19.5)
    window = Operation("crop", {"left": 0.5, "top": 0.0, "width": 0.5, "height": 0.5})
    assert place_of([window], 44.5, -0.5) == (-0.5, -0.5)  # the window's upper left corner is the picture's
    assert place_of([window], 89.5, 29.5) == (89.5, 59.5)
    assert place_of([window, Operation("flip")], 89.5, 29.5) == (-0.5, 59.5)  # the first one is done first
    assert place_of([Operation("flip"), window], 89.5, 29.5) == (-90.5, 59.5)


def test_a_crop_shows_its_window() -> None:
    image = photograph(0, Size(320, 240))
    height, width = image.shape[:2]
    window = {"left": 0.25, "top": 0.1, "width": 0.5, "height": 0.6}
    expected = cv2.resize(
        image[round(0.1 * height) : round(0.7 * height), round(0.25 * width) : round(0.75 * width)],
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    difference = np.abs(move(image, [Operation("crop", window)]).astype(int) - expected)
    assert np.median(difference) <= 4  # the window is cut at whole pixels there
    assert np.abs(image.astype(int) - expected).mean() > 5 * difference.mean()


def test_five_operations_blur_no_more_than_one() -> None:
    """There and back again: in one resampling nothing is lost, in two it would be."""
    image = photograph(0, Size(320, 240))
    there, back = Operation("rotate", {"degrees": 12.0}), Operation("rotate", {"degrees": -12.0})
    zoom, shrink = Operation("zoom", {"factor": 1.25}), Operation("zoom", {"factor": 0.8})
    np.testing.assert_array_equal(move(image, [there, zoom, shrink, back]), image)
    assert (move(move(image, [there, zoom]), [shrink, back]) != image).any()


@settings(max_examples=100, deadline=None)
@given(smallest=st.floats(0.01, 0.99), seed=st.integers(0, 999))
def test_a_drawn_window_lies_within_the_picture_and_is_as_large_as_it_should(smallest: float, seed: int) -> None:
    window = DRAWS["crop"](smallest, np.random.default_rng(seed))
    assert window is not None
    assert min(window["left"], window["top"]) >= 0
    assert window["left"] + window["width"] <= 1 + 1e-9
    assert window["top"] + window["height"] <= 1 + 1e-9
    assert smallest - 1e-9 <= window["width"] * window["height"] <= 1 + 1e-9
    assert 3 / 4 - 1e-9 <= window["width"] / window["height"] <= 4 / 3 + 1e-9


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_the_smallest_pictures_keep_their_size(shape: tuple[int, int]) -> None:
    operations = [Operation("rotate", {"degrees": 30.0}), Operation("zoom", {"factor": 0.5})]
    assert move(picture(*shape), operations).shape == (*shape, 3)
