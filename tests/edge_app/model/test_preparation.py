"""Promises of the one function that prepares every frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.model.card import ModelCard, ResizeRule, Size
from edge_app.model.preparation import Preparer, center_window, inner_window, prepare, resize_rgb, value_table
from edge_app.model.scores import Quantization


def card(**changes: Any) -> ModelCard:
    fields: dict[str, Any] = {
        "name": "test",
        "labels": ("cat", "dog"),
        "input_size": Size(8, 8),
        "input_dtype": "uint8",
        "mean": (127.5, 127.5, 127.5),
        "std": (127.5, 127.5, 127.5),
    }
    return ModelCard(**{**fields, **changes})


@pytest.mark.parametrize("zero_point", [127, 128])
def test_our_quantization_takes_raw_bytes(zero_point: int) -> None:
    assert Preparer(card(), Quantization(2 / 255, zero_point)).takes_raw_bytes


def test_channels_arrive_as_rgb() -> None:
    frame = np.zeros((30, 40, 3), np.uint8)
    frame[:, :] = (10, 20, 30)  # BGR
    out = np.empty((1, 8, 8, 3), np.uint8)
    prepare(frame, card(), out, Quantization(2 / 255, 127))
    assert out[0, 0, 0].tolist() == [30, 20, 10]


def test_float_inputs_are_normalized_per_channel() -> None:
    frame = np.full((8, 8, 3), 100, np.uint8)
    out = np.empty((1, 8, 8, 3), np.float32)
    prepare(frame, card(input_dtype="float32", mean=(100, 50, 0), std=(1, 50, 100)), out)
    assert out[0, 3, 3].tolist() == [0.0, 1.0, 1.0]


def test_int8_inputs_are_quantized() -> None:
    out = np.empty((1, 8, 8, 3), np.int8)
    prepare(np.full((8, 8, 3), 255, np.uint8), card(input_dtype="int8"), out, Quantization(2 / 255, 0))
    assert out.max() == out.min() == 127


@pytest.mark.parametrize("zero_point", [-1, 0])
def test_our_int8_inputs_are_the_bytes_minus_128(zero_point: int) -> None:
    table = value_table(card(input_dtype="int8"), Quantization(2 / 255, zero_point))
    assert table.tolist() == [list(range(-128, 128))] * 3


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 64), st.integers(1, 64))
def test_the_center_window_is_the_largest_of_its_shape(width: int, height: int, to_width: int, to_height: int) -> None:
    window = center_window(np.zeros((height, width, 3), np.uint8), Size(to_width, to_height))
    window_height, window_width = window.shape[:2]
    assert window_width == width or window_height == height
    assert abs(window_width * to_height - window_height * to_width) <= max(to_width, to_height)


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_inner_window_is_centred_and_four_fifths_of_both_sides(width: int, height: int) -> None:
    places = np.arange(width * height).reshape(height, width, 1)
    window = inner_window(places)  # type: ignore[arg-type]  # numbers show where it was cut
    for side, cut in ((height, window.shape[0]), (width, window.shape[1])):
        assert abs(cut - 0.8 * side) <= 0.5
    top, left = divmod(int(window[0, 0, 0]), width)
    assert 0 <= height - window.shape[0] - 2 * top <= 1
    assert 0 <= width - window.shape[1] - 2 * left <= 1


@pytest.mark.parametrize("resize", ["squash", "center_crop", "center_zoom"])
def test_what_was_resized_once_stays_as_it_is(resize: ResizeRule) -> None:
    """Converters, proofs and explanations hand the classifier pictures that have been through it already."""
    frame = np.random.default_rng(0).integers(0, 256, (90, 130, 3), np.uint8)
    once_rgb = resize_rgb(frame, Size(32, 24), resize)
    np.testing.assert_array_equal(resize_rgb(once_rgb[..., ::-1].copy(), Size(32, 24), resize), once_rgb)


def test_center_zoom_sees_what_a_frame_without_its_edges_shows() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (100, 150, 3), np.uint8)
    np.testing.assert_array_equal(
        resize_rgb(frame, Size(32, 24), "center_zoom"), resize_rgb(frame[10:90, 15:135], Size(32, 24))
    )


@pytest.mark.parametrize("size", [(480, 640), (224, 224), (97, 331), (1, 1), (50, 450)])
def test_bilinear_pixels_are_the_same_on_every_machine(size: tuple[int, int]) -> None:
    """Whole-number arithmetic, which the browser's page does too: no processor or build may round its own way."""
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    for to in (Size(224, 224), Size(48, 36)):
        np.testing.assert_array_equal(resize_rgb(frame, to)[:, :, ::-1], bilinear_in_whole_numbers(frame, to))


def bilinear_in_whole_numbers(frame: Any, to: Size) -> Any:
    """OpenCV's INTER_LINEAR of bytes: weights in steps of 1/2048, bits cut after each direction."""
    height, width = frame.shape[:2]
    left, weights = places(width, to.width)
    weights[(left < 0) | (left >= width - 1)] = (2048, 0)
    left = left.clip(0, width - 1)
    pixels, right = frame.astype(np.int64), (left + 1).clip(0, width - 1)
    across = pixels[:, left] * weights[:, :1] + pixels[:, right] * weights[:, 1:]
    upper, weights = places(height, to.height)
    rows = [(across[(upper + below).clip(0, height - 1)] >> 4) * weights[:, below, None, None] for below in (0, 1)]
    return ((rows[0] >> 16) + (rows[1] >> 16) + 2) >> 2


def places(source: int, target: int) -> tuple[Any, Any]:
    """The source position before each target position, and the weights of it and the next."""
    exact = ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)
    first = np.floor(exact).astype(np.int64)
    rest = exact - first.astype(np.float32)
    return first, np.rint(np.stack([1 - rest, rest], axis=1) * 2048).astype(np.int64)


def test_pixels_do_not_depend_on_the_number_of_opencv_threads() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    before, found = cv2.getNumThreads(), []
    try:
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            found.append(resize_rgb(frame, Size(224, 224)))
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_a_frame_of_the_input_size_is_not_changed() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(resize_rgb(frame, Size(8, 8)), frame[:, :, ::-1])


@given(st.sampled_from(["uint8", "int8"]), st.floats(1e-3, 0.1), st.integers(-128, 127))
def test_the_value_table_never_decreases(dtype: Any, scale: float, zero_point: int) -> None:
    zero_point += 128 if dtype == "uint8" else 0
    table = value_table(card(input_dtype=dtype), Quantization(scale, zero_point)).astype(int)
    assert (np.diff(table, axis=1) >= 0).all()
