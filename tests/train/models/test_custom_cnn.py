"""Promises of the course's network: the layers that a recipe asks for, in the order that the course teaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models import build_model
from train.models.architectures.custom_cnn import ARCHITECTURE, CUSTOM_CNN, kernel_layers
from train.models.registry import architecture_of, recipes
from train.recipes import Penalty, Recipe

SMALL = replace(CUSTOM_CNN, input_size=32, filters=(8, 16), convolutions=1, pooling="flatten", dense_units=4)


def kinds(recipe: Recipe) -> list[str]:
    return [type(layer).__name__ for layer in build_model(recipe, 2).layers[1:]]


def test_the_custom_cnn_is_five_blocks_of_two_then_average_dropout_dense() -> None:
    block = ["Conv2D", "BatchNormalization", "ReLU"] * 2 + ["MaxPooling2D"]
    assert kinds(CUSTOM_CNN) == [*(block * 5), "GlobalAveragePooling2D", "Dropout", "Dense"]
    model = build_model(CUSTOM_CNN, 2)
    assert model.get_layer("dropout").rate == 0.3
    assert model.output_shape == (None, 2)
    assert 700_000 < model.count_params() < 900_000


@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_convolution_has_a_bias_exactly_where_no_batch_norm_follows(batch_norm: bool) -> None:
    model = build_model(replace(SMALL, batch_norm=batch_norm), 2)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.use_bias for layer in convolutions] == [not batch_norm] * 2
    assert ("block1_norm" in [layer.name for layer in model.layers]) == batch_norm


def test_pooling_and_head_follow_the_recipe() -> None:
    block = ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D"]
    assert kinds(replace(SMALL, pooling="average", dense_units=0)) == [
        *block, *block, "GlobalAveragePooling2D", "Dropout", "Dense",
    ]  # fmt: skip
    model = build_model(replace(SMALL, pooling="average", dense_units=0), 2)
    assert model.get_layer("probabilities").get_weights()[0].shape == (16, 2)


def test_block_dropout_drops_whole_channels_behind_every_block() -> None:
    model = build_model(replace(SMALL, block_dropout=0.5), 2)
    layer = model.get_layer("block2_dropout")
    assert layer.rate == 0.5
    maps = np.asarray(layer(np.ones((50, 4, 4, 16), np.float32), training=True))
    sums = maps.sum(axis=(1, 2))  # (batch, channels)
    assert set(np.unique(sums)) == {0.0, 32.0}  # 16 pixels, each doubled, or none


def test_every_kernel_has_the_penalty_of_its_layer() -> None:
    recipe = replace(SMALL, penalties=(Penalty(l2=1e-3), Penalty("block2", l1=1e-2), Penalty("hidden")))
    model = build_model(recipe, 2)
    found = {
        layer.name: (float(layer.kernel_regularizer.l1), float(layer.kernel_regularizer.l2))
        for layer in model.layers
        if getattr(layer, "kernel_regularizer", None) is not None
    }
    assert found == {
        "block1_conv": (0.0, pytest.approx(1e-3)),
        "block2_conv": (pytest.approx(1e-2), 0.0),
        "probabilities": (0.0, pytest.approx(1e-3)),
    }
    kernels = {name: model.get_layer(name).get_weights()[0] for name in found}
    expected = (
        1e-3 * (kernels["block1_conv"] ** 2).sum()
        + 1e-2 * np.abs(kernels["block2_conv"]).sum()
        + 1e-3 * (kernels["probabilities"] ** 2).sum()
    )
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)


def test_a_penalty_on_no_layer_is_one_sentence_with_the_layers_there_are() -> None:
    with pytest.raises(UsageError, match=r"begins with `blok1`.*block1_conv, block2_conv, hidden, probabilities$"):
        build_model(replace(SMALL, penalties=(Penalty("blok1", l2=1e-3),)), 2)
    with pytest.raises(UsageError, match="begins with `hidden`"):
        build_model(replace(SMALL, dense_units=0, penalties=(Penalty("hidden", l2=1e-3),)), 2)


def test_blocks_that_the_picture_is_too_small_for_are_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"6 blocks halve 32 px to nothing; give an image size of at least 64"):
        build_model(replace(SMALL, filters=(4,) * 6), 2)
    with pytest.raises(UsageError, match="has no convolution blocks"):
        build_model(replace(SMALL, filters=()), 2)


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_are_probabilities(classes: int) -> None:
    model = build_model(SMALL, classes)
    scores = model.predict_on_batch(np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32))
    assert scores.shape == (3, classes)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)


def test_a_block_of_several_convolutions_halves_the_picture_once() -> None:
    recipe = replace(SMALL, convolutions=2)
    model = build_model(recipe, 2)
    names = [layer.name for layer in model.layers]
    assert [name for name in kernel_layers(recipe) if name.startswith("block1")] == ["block1_conv", "block1_conv2"]
    assert all(name in names for name in kernel_layers(recipe))
    assert names.index("block1_relu2") + 1 == names.index("block1_pool")
    assert model.get_layer("block2_pool").output.shape[1:] == (8, 8, 16)


def test_dropout_and_batch_norm_in_one_block_are_advised_against_with_the_reason() -> None:
    (note,) = ARCHITECTURE.notes(replace(CUSTOM_CNN, block_dropout=0.25))
    assert note.startswith("dropout (0.25) and batch norm in one block do not mix")
    assert "variance shift, arXiv:1801.05134" in note


def test_one_of_the_two_is_no_matter_and_no_recipe_of_ours_has_both() -> None:
    assert ARCHITECTURE.notes(replace(CUSTOM_CNN, block_dropout=0.25, batch_norm=False)) == []
    assert [architecture_of(recipe).notes(recipe) for recipe in recipes().values()] == [[]] * len(recipes())
