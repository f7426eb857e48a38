"""Promises of turning and of the part that is classified."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.errors import UsageError
from edge_app.live.region import Box, Orientation, Region

CORNERS = np.array([[[1], [2]], [[3], [4]]], np.uint8).repeat(3, axis=2)


@pytest.mark.parametrize(
    ("turn", "corners"),
    [
        (Orientation(), [[1, 2], [3, 4]]),
        (Orientation(90), [[3, 1], [4, 2]]),
        (Orientation(180), [[4, 3], [2, 1]]),
        (Orientation(270), [[2, 4], [1, 3]]),
        (Orientation(0, mirror=True), [[2, 1], [4, 3]]),
        (Orientation(90, mirror=True), [[1, 3], [2, 4]]),
    ],
)
def test_pictures_are_turned_clockwise_and_then_mirrored(turn: Orientation, corners: list[list[int]]) -> None:
    assert turn.apply(CORNERS)[..., 0].tolist() == corners


def test_four_quarters_are_a_whole_turn_and_two_mirrors_nothing() -> None:
    turn = Orientation()
    for _ in range(4):
        turn = turn.rotated_90().mirrored()
    assert turn == Orientation()


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("100,50,200,100", Box(100, 50, 200, 100)),
        ("0.25,0,0.5,1", Box(160, 0, 320, 480)),
        ("0,0,1,1", Box(0, 0, 640, 480)),
        ("600,400,200,200", Box(600, 400, 40, 80)),
        ("640,0,10,10", None),
    ],
)
def test_regions_are_pixels_or_fractions_and_cut_at_the_edge(text: str, box: Box | None) -> None:
    assert Region.parse(text).box_in(640, 480) == box


@settings(deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 2, *[st.floats(0.001, 1)] * 2), st.integers(1, 4000), st.integers(1, 4000))
def test_a_box_lies_inside_of_the_picture(parts: tuple[float, ...], width: int, height: int) -> None:
    box = Region(*parts, fractions=True).box_in(width, height)
    if box is not None:
        assert box.width >= 1
        assert box.height >= 1
        assert 0 <= box.x <= width - box.width
        assert 0 <= box.y <= height - box.height


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "-1,0,10,10", "0,0,0,10", "0,0,nan,1", "0,0,inf,5"])
def test_what_is_no_region_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(UsageError, match=r"give x,y,width,height"):
        Region.parse(text)
