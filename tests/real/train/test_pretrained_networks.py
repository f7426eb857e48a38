"""Promises about ImageNet weights: ours is Keras' network and TF Hub's, and its features carry a style."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tf_keras as keras

from edge_app.photographs.decoder import read_photograph
from train.data.batches import normalize
from train.models import build_model
from train.models.architectures.hub import HUB
from train.models.architectures.mobilenet_v2 import MOBILENET_V2, weights_file
from train.offline.style import StylePicture, shrink
from train.offline.style_optimisation import OptimisingStylist


def features(model: Any) -> Any:
    return keras.Model(model.input, model.get_layer("features").output)


def test_the_features_of_a_hub_module_are_those_of_our_own_mobilenet_v2(data_folder: Path) -> None:
    weights = data_folder / "weights"
    module = replace(HUB, hub=str(weights / "hub_mobilenet_v2_100_224_feature_vector"))
    paths = sorted((data_folder / "dogs_vs_cats" / "train").glob("*.jpg"))[:3]
    images = normalize(np.stack([cv2.resize(cv2.imread(str(path)), (224, 224))[..., ::-1] for path in paths]))
    theirs = features(build_model(module, 2)).predict_on_batch(images)
    ours = features(build_model(MOBILENET_V2, 2, str(weights / weights_file(224)))).predict_on_batch(images)
    assert theirs.shape == (3, 1280)
    np.testing.assert_allclose(theirs, ours, atol=1e-4)


def test_the_narrow_network_carries_the_real_weights(data_folder: Path) -> None:
    weights = str(data_folder / "weights" / weights_file(224, 0.35))
    images = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    ours = features(build_model(replace(MOBILENET_V2, width=0.35, input_size=64), 2, weights))
    original = keras.applications.MobileNetV2((64, 64, 3), 0.35, include_top=False, weights=weights)
    expected = original.predict_on_batch(images).mean(axis=(1, 2))
    np.testing.assert_allclose(ours.predict_on_batch(images), expected, atol=1e-5)


def test_the_style_arrives_and_the_content_stays(data_folder: Path) -> None:
    dog = read_photograph(sorted((data_folder / "dogs_vs_cats_full_size" / "dogs").iterdir())[3])
    strokes = np.full((200, 200, 3), (160, 60, 20), np.uint8)
    for offset in range(-200, 200, 14):
        cv2.line(strokes, (offset, 0), (offset + 200, 200), (60, 210, 240), 5, cv2.LINE_AA)
    stylist = OptimisingStylist(str(data_folder / "weights" / weights_file(224)), side=128, steps=40)
    painting = stylist.transfer(dog, StylePicture("strokes.png", "5" * 64, strokes), lambda _: None)
    assert painting.after.style < painting.before.style / 5
    assert painting.after.content < 0.8
    pair = (painting.image_bgr, shrink(dog, 128))
    smooth = [cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 3).ravel() for image in pair]
    assert np.corrcoef(*smooth)[0, 1] > 0.8
