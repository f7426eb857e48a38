"""Promises of class activation maps: on what speaks for the class, also where the softmax is sure, else another map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.activation_maps import activation_maps
from train.evaluation.evaluate import evaluate_probabilities
from train.models import build_model
from train.models.architectures.custom_cnn import TINY
from train.run_folder.mistakes import confident_mistakes

SIDE = 32


def network(certainty: float = 1e4, frozen: bool = False) -> Any:
    """Mean redness against mean blueness, each from 8×8 places."""
    images = keras.Input((SIDE, SIDE, 3))
    colours = keras.layers.Conv2D(2, 4, strides=4, name="colours")
    x = keras.layers.ReLU(name="maps")(colours(images))
    x = keras.layers.GlobalAveragePooling2D()(x)
    head = keras.layers.Dense(2, activation="softmax", name="probabilities")
    model = keras.Model(images, head(x))
    kernel = np.zeros((4, 4, 3, 2), np.float32)
    kernel[..., 0, 0] = kernel[..., 2, 1] = 1 / 16
    kernel[..., 2, 0] = kernel[..., 0, 1] = -1 / 16
    colours.set_weights([kernel, np.zeros(2, np.float32)])
    head.set_weights([certainty * np.eye(2, dtype=np.float32), np.zeros(2, np.float32)])
    model.trainable = not frozen
    return model


def red_and_blue() -> np.ndarray:
    """(1, 32, 32, 3) uint8 RGB: red in the upper left, less blue in the lower right, grey between."""
    picture = np.full((1, SIDE, SIDE, 3), 128, np.uint8)
    picture[0, :12, :12] = (255, 0, 0)
    picture[0, 24:, 24:] = (0, 0, 255)
    return picture


@pytest.mark.parametrize("frozen", [False, True])
def test_the_map_of_a_class_lies_on_what_speaks_for_it_though_the_softmax_is_sure(frozen: bool) -> None:
    model, picture = network(frozen=frozen), red_and_blue()
    probabilities = model(picture.astype(np.float32) / 127.5 - 1.0).numpy()
    assert probabilities[0].tolist() == [1.0, 0.0]  # its gradient is zero
    for place, (rows, columns) in enumerate(((slice(0, 3), slice(0, 3)), (slice(6, 8), slice(6, 8)))):
        maps = activation_maps(model, picture, np.array([place]))
        assert maps is not None
        assert maps.shape == (1, 8, 8)
        assert maps[0, rows, columns].sum() == pytest.approx(maps.sum(), rel=1e-3)
        assert maps.sum() > 0.0


def test_random_weights_give_another_map() -> None:
    """J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018."""
    picture = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 3), dtype=np.uint8)
    found = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        maps = activation_maps(build_model(TINY, 2, "none"), picture, np.zeros(4, np.int64))
        assert maps is not None
        assert maps.shape == (4, 6, 6)  # of the last convolution, before its pooling
        found.append(maps.reshape(4, -1))
    alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(*found, strict=True) if one.any() and other.any()]
    assert abs(np.nan_to_num(np.mean(alike or [0.0]))) < 0.7


def test_a_network_without_maps_has_none() -> None:
    images = keras.Input((SIDE, SIDE, 3))
    flat = keras.layers.Flatten()(images)
    model = keras.Model(images, keras.layers.Dense(2, activation="softmax", name="probabilities")(flat))
    assert activation_maps(model, red_and_blue(), np.array([0])) is None


def test_a_mistake_is_shown_with_the_heat_of_what_was_predicted() -> None:
    files = (SplitFile("blue/a.jpg", "blue", "test", "a"),)
    photographs = PhotographSet(files, red_and_blue(), np.array([1]))
    evaluation = evaluate_probabilities(np.array([[0.9, 0.1]], np.float32), np.array([1]), 2, "test photographs")
    ((jpegs, caption),) = confident_mistakes(evaluation, photographs, ("red", "blue"), network())
    assert caption.startswith("predicted red, 90.0%; labelled blue")
    photograph, heat = (_decoded(jpeg).astype(int) for jpeg in jpegs)
    assert np.abs(photograph - red_and_blue()[0, ..., ::-1]).mean() < 25
    warmth = heat[..., 2] - heat[..., 0]
    assert warmth[:8, :8].mean() > 80
    assert abs(warmth[24:, 24:]).mean() < 20


def _decoded(jpeg: bytes) -> np.ndarray:
    import cv2

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture)
