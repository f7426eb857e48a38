"""The drawn pets cannot be told apart by colour, nor by comparing pixels: it takes shape."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edge_app.demo.drawn_pets import CLASSES, drawn_pet
from edge_app.photographs.decoder import Image

COUNT = 1600
TRAINED_ON = 1200


@pytest.fixture(scope="module")
def drawings() -> tuple[list[Image], npt.NDArray[np.int64]]:
    pairs = [drawn_pet(seed=1, index=index, size=64) for index in range(COUNT)]
    return [image for image, _ in pairs], np.array([CLASSES.index(label) for _, label in pairs])


def test_logistic_regression_on_pixels_gets_at_most_75_percent(
    drawings: tuple[list[Image], npt.NDArray[np.int64]],
) -> None:
    images, labels = drawings
    small = [cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA).ravel() for image in images]
    assert _accuracy(np.array(small, np.float64), labels) <= 0.75


def test_logistic_regression_on_colours_gets_at_most_65_percent(
    drawings: tuple[list[Image], npt.NDArray[np.int64]],
) -> None:
    images, labels = drawings
    bins = [
        np.concatenate([np.bincount(image[..., channel].ravel() // 32, minlength=8) for channel in range(3)])
        for image in images
    ]
    assert _accuracy(np.array(bins, np.float64), labels) <= 0.65


def _accuracy(features: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Accuracy on drawings not trained on; regularised so that 768 pixels of 1,200 drawings do not overfit."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=1000))
    model.fit(features[:TRAINED_ON], labels[:TRAINED_ON])
    return float(model.score(features[TRAINED_ON:], labels[TRAINED_ON:]))
