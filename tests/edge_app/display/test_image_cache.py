"""Promises of kept pictures: few, small, and only what is used again."""

from __future__ import annotations

import numpy as np

from edge_app.display.image_cache import ImageCache, RepeatedImages


def test_cache_pictures_stay_few_and_small() -> None:
    kept = ImageCache(most=5, most_bytes=1000)
    for number in range(50):
        kept.get(number, lambda: np.zeros((10, 30), np.uint8))
    assert len(kept) == 3
    assert kept.used_bytes == 900
    made = []
    kept.get(49, lambda: made.append(1) or np.zeros((1, 1), np.uint8))  # type: ignore[func-returns-value]
    assert made == []


def test_only_what_comes_again_soon_is_made_and_that_once() -> None:
    kept, made = RepeatedImages(most=3, most_bytes=1000), []

    def make() -> np.ndarray:
        made.append(1)
        return np.zeros((10, 30), np.uint8)

    for number in range(10):
        assert kept.get(number, make) is None
    assert kept.get(0, make) is None, "it is too long ago"
    assert not made
    first = kept.get(9, make)
    assert first is not None
    assert kept.get(9, make) is first
    assert len(made) == 1
