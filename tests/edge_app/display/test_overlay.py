"""Promises of the overlay: any frame, any label, crisp at any size, the frame itself untouched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.display import overlay
from edge_app.display.image_cache import RepeatedImages
from edge_app.display.overlay import draw_overlay
from edge_app.live.region import Box
from edge_app.model.occlusion import Explained
from tests.edge_app.display.display_examples import display_example, explanation


def green_pixels(image: np.ndarray) -> int:
    values = image.astype(int)
    return int(((values[..., 1] - values[..., 2] > 60) & (values[..., 1] > 150)).sum())


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def forget_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_whole", "_still"):
        monkeypatch.setattr(overlay, name, RepeatedImages(most=8, most_bytes=8 << 20))


@settings(max_examples=20, deadline=None)
@given(
    width=st.integers(1, 900),
    height=st.integers(1, 700),
    label=st.text(st.characters(max_codepoint=0x2FF), min_size=1, max_size=60),
    score=st.floats(0.0, 1.0),
    everything=st.booleans(),
)
def test_any_frame_and_any_label_can_be_drawn(
    width: int, height: int, label: str, score: float, everything: bool
) -> None:
    frame = grey(width, height)
    more = {"show_times": True, "show_help": True, "notice": label, "recorded_s": 12.0} if everything else {}
    box = Box(0, 0, width, height) if everything else None
    top = ((label, score), ("dog", 1.0 - score))
    drawn = display_example(label, top, frame, box, shown_model="model", **more).drawn_bgr()
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert (frame == 120).all()


def test_the_bar_is_as_long_as_the_score() -> None:
    lengths = [
        green_pixels(display_example("cat", (("cat", score),), grey(640, 480)).drawn_bgr()) for score in (0.9, 0.3)
    ]
    assert lengths[0] == pytest.approx(3 * lengths[1], rel=0.05)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (160, 120), (40, 30), (3, 2)])
def test_an_explanation_stands_at_the_upper_right_and_leaves_the_labels(width: int, height: int) -> None:
    picture = grey(width, height)
    plain = display_example(image_bgr=picture).drawn_bgr()
    explained = display_example(image_bgr=picture, explanation=Explained(picture, explanation())).drawn_bgr()
    apart = np.abs(plain.astype(int) - explained).max(axis=2)
    rows, columns = np.nonzero(apart > 4)  # a panel of labels that comes again is rounded another way
    if width < 100:  # no room for it
        return
    assert columns.min() >= 0.4 * width
    assert columns.max() >= 0.9 * width
    assert rows.max() < 0.8 * height
    assert len(rows) >= 0.1 * width * height


def test_neither_has_no_green_bar() -> None:
    assert green_pixels(display_example("neither", image_bgr=grey(640, 480)).drawn_bgr()) == 0


def test_the_upper_part_of_the_picture_stays_as_it_was() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    drawn = display_example(image_bgr=frame).drawn_bgr()
    np.testing.assert_array_equal(drawn[:300], frame[:300])
    assert (drawn[420:] != frame[420:]).any()


@pytest.mark.parametrize(("width", "height"), [(160, 120), (320, 240), (1280, 720), (3840, 2160), (480, 854)])
def test_letters_and_panel_grow_with_the_frame(width: int, height: int) -> None:
    drawn = display_example(image_bgr=grey(width, height)).drawn_bgr()
    dark = (drawn < 60).all(axis=2).any(axis=1)
    share = dark.sum() / height
    assert 0.05 <= share <= 0.5
    white_rows = (drawn > 240).all(axis=2).any(axis=1).sum()
    assert white_rows >= max(8, 0.03 * min(height, width * 0.75))  # letters of at least 8 pixels


def test_times_keys_and_sentences_come_on_demand_only() -> None:
    plain = display_example(image_bgr=grey(640, 480)).drawn_bgr()
    assert (plain[:200] == 120).all()
    for more in ({"show_times": True}, {"show_help": True}, {"notice": "saved"}, {"recorded_s": 75.0}):
        drawn = display_example(image_bgr=grey(640, 480), **more).drawn_bgr()
        assert (drawn[:200] != 120).any(), more


def test_the_classified_part_is_framed() -> None:
    drawn = display_example(image_bgr=grey(640, 480), box=Box(100, 50, 300, 200)).drawn_bgr()
    assert (drawn[50, 100:400] == 255).all()
    assert (drawn[55:245, 105:395] == 120).all()


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 854), (1, 1), (37, 21), (1920, 1080)])
def test_a_panel_that_comes_again_looks_the_same(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_panels(monkeypatch)
    random = np.random.default_rng(0)
    frames = [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(3)]
    again = [display_example(image_bgr=frame, number=number).drawn_bgr() for number, frame in enumerate(frames)]
    for frame, drawn in zip(frames, again, strict=True):
        forget_panels(monkeypatch)
        once = display_example(image_bgr=frame).drawn_bgr()
        np.testing.assert_allclose(drawn.astype(int), once.astype(int), atol=1)  # rounded once instead of twice


def test_scores_that_change_on_a_panel_that_stays_look_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    tops = [(("cat", score), ("dog", 1.0 - score)) for score in (0.9, 0.7, 0.5)]
    on_one = [display_example(top=top, image_bgr=frame).drawn_bgr() for top in tops]
    for top, drawn in zip(tops, on_one, strict=True):
        forget_panels(monkeypatch)
        once = display_example(top=top, image_bgr=frame).drawn_bgr()
        np.testing.assert_allclose(drawn.astype(int), once.astype(int), atol=1)


def test_another_score_label_or_rate_is_drawn_anew() -> None:
    frame = grey(640, 480)
    first = display_example(image_bgr=frame)
    others = [
        replace(first.overlay, top=(("cat", 0.91), ("dog", 0.09))),
        replace(first.overlay, label="dog"),
        replace(first.overlay, label="neither"),
        replace(first.overlay, model="pets"),
        replace(first.overlay, timings=replace(first.overlay.timings, fps=31.0)),
        replace(first.overlay, timings=replace(first.overlay.timings, age_ms=13.0)),
        replace(first.overlay, bars=1),
    ]
    for _ in range(3):
        drawn = draw_overlay(frame, first.overlay)
        for other in others:
            assert (draw_overlay(frame, other) != drawn).any(), other


def test_the_frame_stays_as_it_was_however_often_it_is_drawn() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    before = frame.copy()
    drawn = [display_example(image_bgr=frame, box=Box(9, 9, 300, 200), notice="saved").drawn_bgr() for _ in range(3)]
    np.testing.assert_array_equal(frame, before)
    assert not any(np.shares_memory(one, frame) for one in drawn)
    assert not np.shares_memory(drawn[0], drawn[2]), "a sink may keep its picture"


def test_a_frame_is_drawn_once_whoever_asks() -> None:
    display_frame = display_example()
    assert display_frame.drawn_bgr() is display_frame.drawn_bgr()
    assert display_frame.draw_ms > 0.0


def test_lines_stand_on_the_picture_until_the_help_takes_their_place() -> None:
    plain = display_example(image_bgr=np.full((480, 640, 3), 200, np.uint8))
    rows = (("1 cup", "23"), ("20 more of phone", ""))

    def upper(**options: Any) -> np.ndarray:
        return draw_overlay(plain.classified.image_bgr, replace(plain.overlay, **options))[:240]

    without, lines = upper(), upper(lines=rows)
    assert (without != lines).any()
    helped = upper(show_help=True)
    np.testing.assert_array_equal(upper(lines=rows, show_help=True), helped)
    assert (upper(show_help=True, keys=(("1", "hold: show cup"),)) != helped).any()
