"""Promises of the overlay: any frame, any label, the frame itself untouched."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.classifier import Prediction
from edge_app.overlay import draw_overlay


def prediction(label: str = "cat", score: float = 0.9) -> Prediction:
    return Prediction("x", 0, label, score, ((label, score), ("dog", 1.0 - score)), 3.2, 5.0)


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 900),
    height=st.integers(1, 700),
    label=st.text(min_size=1, max_size=60),
    score=st.floats(0.0, 1.0),
)
def test_any_frame_and_any_label_can_be_drawn(width: int, height: int, label: str, score: float) -> None:
    frame = np.full((height, width, 3), 120, np.uint8)
    drawn = draw_overlay(frame, prediction(label, score), 25.0)
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert (frame == 120).all()


def test_the_bar_of_the_better_score_is_longer() -> None:
    frame = np.full((480, 640, 3), 120, np.uint8)

    def green(score: float) -> int:
        drawn = draw_overlay(frame, prediction(score=score), 0.0).astype(int)
        return int(((drawn[..., 1] - drawn[..., 2] > 60) & (drawn[..., 1] > 150)).sum())

    assert green(0.95) > 0
    # Both bars together are always one bar long, so the difference shows in the first row only.
    drawn_high = draw_overlay(frame, prediction(score=0.95), 0.0)
    drawn_low = draw_overlay(frame, prediction(score=0.30), 0.0)
    assert (drawn_high != drawn_low).any()


def test_the_upper_part_of_the_picture_stays_as_it_was() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    drawn = draw_overlay(frame, prediction(), 25.0)
    np.testing.assert_array_equal(drawn[:300], frame[:300])
    assert (drawn[420:] != frame[420:]).any()
