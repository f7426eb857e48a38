"""Promises of the drawn explanation: heat where the map has it, none where nothing matters, letters at any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.display.explanation import draw_explained, heat_on, panel_of
from edge_app.model.occlusion import CELLS, Explained
from tests.edge_app.display.display_examples import explanation


def warmth(image: np.ndarray) -> np.ndarray:
    values = image.astype(int)
    return np.asarray(values[..., 2] - values[..., 0])


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def test_heat_lies_where_the_map_has_it_and_the_picture_stays() -> None:
    picture = grey(280, 140)
    warm = warmth(heat_on(picture, explanation()))
    row, column = np.unravel_index(warm.argmax(), warm.shape)
    assert (row * CELLS // 140, column * CELLS // 280) == (1, 5)
    assert warm[:, : 3 * 40].max() == 0
    assert warm.max() > 80
    assert (picture == 120).all()


def test_a_map_of_nothing_does_not_glow() -> None:
    assert warmth(heat_on(grey(140, 140), explanation(0.2))).max() < 20


def test_what_the_model_does_not_get_is_dark() -> None:
    drawn = heat_on(grey(200, 100), explanation(area=(0.25, 0.0, 0.5, 1.0)))
    assert drawn[:, :50].max() < drawn[:, 50:150].min()
    assert drawn[:, 150:].max() < drawn[:, 50:150].min()


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    label=st.text(st.characters(max_codepoint=0x2FF), min_size=1, max_size=60),
    side=st.integers(1, 500),
    beside=st.booleans(),
)
def test_any_picture_and_any_label_can_be_drawn(width: int, height: int, label: str, side: int, beside: bool) -> None:
    drawn = draw_explained(Explained(grey(width, height), explanation(label=label)), side, beside)
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] >= side


@pytest.mark.parametrize(("width", "height"), [(300, 200), (900, 160), (60, 40), (1, 1)])
def test_a_panel_fits_its_place(width: int, height: int) -> None:
    panel = panel_of(Explained(grey(640, 480), explanation()), width, height)
    assert panel.shape[0] <= height
    assert panel.shape[1] <= width


def test_a_wider_bar_of_text_never_hides_the_picture() -> None:
    """A narrow picture gets a card as wide as its sentences need."""
    drawn = draw_explained(Explained(grey(20, 400), explanation()))
    assert drawn.shape[1] >= 480
    assert drawn.shape[0] > 480
