"""Promises of noise and erasing: as strong and as large as they say, and the rest untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.offline.disturbance import DRAWS, add_noise, erase

GREY = np.full((200, 300, 3), 128, np.uint8)


def test_noise_has_the_mean_and_the_deviation_that_it_says() -> None:
    noise = add_noise(GREY, 8.0, 1).astype(float) - 128
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(8.0, rel=0.02)
    channels = noise.reshape(-1, 3)
    assert np.abs(np.corrcoef(channels.T) - np.eye(3)).max() < 0.02  # independent in every channel


def test_noise_is_the_same_for_the_same_seed_only_and_cut_at_the_ends() -> None:
    np.testing.assert_array_equal(add_noise(GREY, 5.0, 3), add_noise(GREY, 5.0, 3))
    assert (add_noise(GREY, 5.0, 3) != add_noise(GREY, 5.0, 4)).any()
    np.testing.assert_array_equal(add_noise(GREY, 0.0, 3), GREY)
    white = add_noise(np.full_like(GREY, 255), 20.0, 0)
    assert white.min() > 100  # no wrap-around


def test_erasing_covers_its_rectangle_with_noise_and_nothing_else() -> None:
    covered = erase(GREY, left=0.1, top=0.2, width=0.5, height=0.25, seed=9)
    window = np.zeros((200, 300), bool)
    window[40:90, 30:180] = True
    assert (covered[~window] == 128).all()
    assert covered[window].mean() == pytest.approx(127.5, abs=2)
    assert covered[window].std() == pytest.approx(73.9, abs=1)  # of even numbers 0..255: sqrt((256² - 1) / 12)
    assert (GREY == 128).all()  # the picture that was given stays


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 9999), height=st.integers(1, 40), width=st.integers(1, 40))
def test_a_drawn_rectangle_lies_within_every_picture(seed: int, height: int, width: int) -> None:
    drawn = DRAWS["erase"](1.0, np.random.default_rng(seed))
    assert drawn is not None
    assert 0 <= drawn["left"] <= 1 - drawn["width"] + 1e-9
    assert 0 <= drawn["top"] <= 1 - drawn["height"] + 1e-9
    assert 0.02 - 1e-9 <= drawn["width"] * drawn["height"] <= 0.2 + 1e-9
    image = np.full((height, width, 3), 128, np.uint8)
    assert erase(image, **drawn).shape == image.shape
