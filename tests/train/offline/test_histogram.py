"""Promises of histogram equalization: luminance is spread, colour differences stay."""

from __future__ import annotations

import cv2
import numpy as np

from edge_app.photographs.decoder import Image
from tests.pictures import photograph
from train.offline.histogram import clahe, equalize


def dull() -> Image:
    """A picture with little contrast: levels 90 to 150."""
    slope = np.linspace(0, 255, 375)[:, np.newaxis, np.newaxis]  # drawings alone have few levels
    image = 0.4 * photograph(0) + 0.6 * slope
    return np.asarray(90 + image * 60 / 255, np.uint8)


def luminance(image: Image) -> np.ndarray:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 0]).astype(float)


def test_global_equalization_makes_levels_equally_frequent() -> None:
    before, after = luminance(dull()), luminance(equalize(dull()))
    assert np.ptp(before) < 70
    for share in (0.25, 0.5, 0.75):  # of an even histogram, quantile and level are the same
        assert abs(np.quantile(after, share) / 255 - share) < 0.05


def test_equalization_keeps_the_order_of_levels() -> None:
    before, after = luminance(dull()).ravel(), luminance(equalize(dull())).ravel()
    levels = np.unique(before)
    means = [after[before == level].mean() for level in levels]
    assert (np.diff(means) > -2).all()  # the way over three bytes rounds


def test_clahe_raises_contrast_and_less_so_with_a_lower_limit() -> None:
    spread = [luminance(image).std() for image in (dull(), *(clahe(dull(), c, 8) for c in (1.5, 4)))]
    assert spread[0] < spread[1] < spread[2]


def test_clahe_works_region_by_region_and_global_equalization_does_not() -> None:
    one = cv2.resize(dull(), (256, 256))
    other = one.copy()
    other[:, 128:] = 255 - other[:, 128:] // 2
    near = slice(0, 64)
    np.testing.assert_array_equal(clahe(one, 4.0, 8)[:, near], clahe(other, 4.0, 8)[:, near])
    assert np.abs(luminance(equalize(one))[:, near] - luminance(equalize(other))[:, near]).mean() > 10


def test_colour_differences_stay() -> None:
    before = cv2.cvtColor(dull(), cv2.COLOR_BGR2YCrCb)[..., 1:].astype(int)
    after = cv2.cvtColor(clahe(dull(), 1.5, 8), cv2.COLOR_BGR2YCrCb)[..., 1:].astype(int)
    assert np.abs(after - before).mean() < 1.5


def test_the_smallest_pictures_keep_their_size() -> None:
    for shape in ((1, 1, 3), (2, 30, 3)):
        image = np.full(shape, 7, np.uint8)
        assert equalize(image).shape == clahe(image, 2.0, 8).shape == shape
