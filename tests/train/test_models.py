"""Promises of the networks: the layers that the course asks for, and what learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from train.models import build_model
from train.models.mobilenet_v2 import freeze_below
from train.recipes import CUSTOM_CNN, MOBILENET_V2


def test_the_custom_cnn_is_four_blocks_then_flatten_dense_dropout_dense() -> None:
    model = build_model(CUSTOM_CNN, 2)
    kinds = [type(layer).__name__ for layer in model.layers[1:]]
    block = ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D"]
    assert kinds == block * 4 + ["Flatten", "Dense", "Dropout", "Dense"]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert not layer.use_bias
    assert model.get_layer("dropout").rate == 0.5
    assert model.output_shape == (None, 2)
    assert 700_000 < model.count_params() < 900_000


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_are_probabilities(classes: int) -> None:
    model = build_model(replace(CUSTOM_CNN, input_size=32), classes)
    scores = model.predict_on_batch(np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32))
    assert scores.shape == (3, classes)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)


def test_mobilenet_v2_is_flat_and_carries_the_real_weights(data_folder: Path) -> None:
    (weights,) = (data_folder / "weights").glob("*1.0_224_no_top.h5")
    model = build_model(MOBILENET_V2, 2, str(weights))
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    scratch = build_model(MOBILENET_V2, 2, "none")
    real, random = (item.get_layer("Conv1").get_weights()[0] for item in (model, scratch))
    assert np.abs(real - random).max() > 0.1


def test_fine_tuning_moves_the_top_blocks_and_no_batch_norm() -> None:
    model = build_model(replace(MOBILENET_V2, input_size=96), 2, "none")
    freeze_below(model, MOBILENET_V2.fine_tune_from)
    learning = [layer.name for layer in model.layers if layer.trainable and layer.weights]
    assert learning[0] == "block_6_expand"
    assert learning[-1] == "probabilities"
    assert not [name for name in learning if "BN" in name]
    freeze_below(model, None)
    assert [layer.name for layer in model.layers if layer.trainable and layer.weights] == ["probabilities"]
