"""Promises of smoothing: exponential in time whatever the frame rate, and a label that does not flicker."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.display.smoothing import Smoother

LABELS = ("cat", "dog", "owl")


def scores(cat: float, dog: float, owl: float = 0.0) -> np.ndarray:
    return np.array([cat, dog, owl], np.float32)


def smoother(time_constant_s: float = 0.5, threshold: float | None = None) -> Smoother:
    return Smoother(LABELS, time_constant_s, threshold, 2)


@pytest.mark.parametrize("fps", [5, 30, 60])
def test_after_one_time_constant_63_percent_of_a_step_has_arrived_at_any_frame_rate(fps: int) -> None:
    smooth = smoother(time_constant_s=1.0)
    smooth.add(scores(1.0, 0.0), 0.0)
    for frame in range(1, fps + 1):
        last = smooth.add(scores(0.0, 1.0), frame / fps)
    assert dict(last[1])["dog"] == pytest.approx(1.0 - math.exp(-1.0), abs=1e-6)


def test_the_first_frame_counts_whole_and_a_long_gap_forgets() -> None:
    smooth = smoother()
    assert smooth.add(scores(0.7, 0.3), 10.0)[1] == (("cat", pytest.approx(0.7)), ("dog", pytest.approx(0.3)))
    assert smooth.add(scores(0.1, 0.9), 100.0)[1][0] == ("dog", pytest.approx(0.9))


def test_scores_that_jump_do_not_make_the_label_flicker() -> None:
    smooth = smoother(time_constant_s=0.3)
    labels = [smooth.add(scores(*pair), n / 30)[0] for n, pair in enumerate([(0.6, 0.4), (0.4, 0.6)] * 60)]
    assert set(labels) == {"cat"}


def test_a_clearly_better_label_takes_over_soon() -> None:
    smooth = smoother(time_constant_s=0.3)
    smooth.add(scores(0.95, 0.05), 0.0)
    changed = next(n for n in range(1, 60) if smooth.add(scores(0.05, 0.95), n / 30)[0] == "dog")
    assert changed / 30 < 0.3


def test_neither_comes_below_the_threshold_and_goes_at_it() -> None:
    smooth = Smoother(LABELS, 1e-9, 0.8, 2)  # so short that every frame counts whole: only the hysteresis is left
    said = [smooth.add(scores(value, 0.0), at_s)[0] for at_s, value in enumerate([0.9, 0.77, 0.74, 0.78, 0.81])]
    assert said == ["cat", "cat", "neither", "neither", "cat"]


def test_a_video_that_begins_again_begins_anew() -> None:
    smooth = smoother()
    smooth.add(scores(1.0, 0.0), 8.0)
    assert smooth.add(scores(0.2, 0.8), 0.0)[0] == "dog"


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.0, 5.0)), min_size=1, max_size=30))
def test_smoothed_probabilities_stay_probabilities(frames: list[tuple[float, float]]) -> None:
    smooth, at_s = Smoother(LABELS, 0.4, None, 3), 0.0
    for cat, pause_s in frames:
        at_s += pause_s
        last = smooth.add(scores(cat, 1.0 - cat), at_s)
        assert sum(score for _, score in last[1]) == pytest.approx(1.0, abs=1e-5)
        assert [score for _, score in last[1]] == sorted((score for _, score in last[1]), reverse=True)


def test_no_time_is_no_smoothing_and_says_so() -> None:
    with pytest.raises(ValueError, match="above 0 s, received 0"):
        Smoother(LABELS, 0.0, None, 2)
