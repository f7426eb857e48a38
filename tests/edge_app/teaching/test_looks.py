"""Promises about frames: a scene that stays is one frame, what moves is more, and bad light is said."""

from __future__ import annotations

import cv2
import numpy as np

from edge_app.photographs.decoder import Image
from edge_app.photographs.thumbnails import thumbnail
from edge_app.teaching.looks import Looks, edge_strength, is_dark, look_of
from tests.pictures import photograph


def desk(cup_at: float, seed: int, brightness: float = 0.0) -> Image:
    """A desk with a cup at a share of the width, in the grain of a camera."""
    random = np.random.default_rng(seed)
    image = np.full((480, 640, 3), 120.0)
    image[:200] = 170.0
    cv2.circle(image, (round(640 * cup_at), 260), 70, (30.0, 60.0, 200.0), cv2.FILLED)
    return (image + brightness + random.normal(0.0, 8.0, image.shape)).clip(0, 255).astype(np.uint8)


def kept_of(frames: list[Image]) -> int:
    looks = Looks()
    for frame in frames:
        row = look_of(thumbnail(frame))
        if looks.is_new(row):
            looks.add(row, edge_strength(frame))
    return len(looks)


def test_a_scene_that_stays_is_kept_once_however_long_and_also_when_a_cloud_comes() -> None:
    assert kept_of([desk(0.5, seed) for seed in range(40)]) == 1
    assert kept_of([desk(0.5, seed, brightness=-seed) for seed in range(30)]) == 1


def test_a_thing_that_moves_is_kept_at_each_place_and_once_when_it_is_back() -> None:
    there = [desk(0.2 + 0.1 * place, place) for place in range(6)]
    assert kept_of(there) == 6
    assert kept_of([*there, *(desk(0.2 + 0.1 * place, 50 + place) for place in range(6))]) == 6


def test_more_looks_than_there_was_room_for_are_all_remembered() -> None:
    looks = Looks()
    rows = [look_of(thumbnail(photograph(number))) for number in range(40)]
    for row in rows:
        assert looks.is_new(row)
        looks.add(row, 1.0)
    assert not any(looks.is_new(row) for row in rows)
    looks.forget_last(10)
    assert [looks.is_new(row) for row in rows] == [False] * 30 + [True] * 10


def test_darkness_and_blur_are_told_from_good_frames() -> None:
    assert is_dark(thumbnail((photograph(0) // 8).astype(np.uint8)))
    assert not is_dark(thumbnail(photograph(0)))
    looks = Looks()
    for number in range(5):
        looks.add(look_of(thumbnail(desk(0.1 * number, number))), edge_strength(desk(0.1 * number, number)))
    assert not looks.is_blurred(edge_strength(desk(0.6, 9)))
    assert looks.is_blurred(edge_strength(np.asarray(cv2.blur(desk(0.6, 9), (25, 25)), np.uint8)))
