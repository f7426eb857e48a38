"""Promises of fine-tuning: what learns, what does not, and how fast each block does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edge_app.common.errors import UsageError
from tests.train.models.conftest import NARROW
from train.models import build_model
from train.models.architectures.custom_cnn import CUSTOM_CNN
from train.models.architectures.hub import HUB
from train.models.freezing import freeze_backbone, rate_factors, unfreeze

SMALL = replace(NARROW, input_statistics="standardize")


def learning(model: Any) -> list[str]:
    return [layer.name for layer in model.layers if layer.trainable and layer.weights]


def test_fine_tuning_moves_the_top_blocks_and_batch_norm_where_it_is_told_to(narrow_standardized: Any) -> None:
    unfreeze(narrow_standardized, replace(SMALL, batch_norm_learns=False))
    assert learning(narrow_standardized)[0] == "block_6_expand"
    assert learning(narrow_standardized)[-1] == "probabilities"
    assert not [name for name in learning(narrow_standardized) if "BN" in name]
    unfreeze(narrow_standardized, replace(SMALL, batch_norm_learns=True))
    found = [layer for layer in narrow_standardized.layers if layer.trainable and "BN" in layer.name]
    assert found[0].name == "block_6_expand_BN"
    assert {layer.momentum for layer in found} == {0.99}  # Keras' 0.999 would not come along in a few hundred steps
    freeze_backbone(narrow_standardized)
    assert learning(narrow_standardized) == ["probabilities"]


def test_the_layers_of_input_statistics_never_learn(narrow_standardized: Any) -> None:
    assert narrow_standardized.get_layer("standardize").weights
    unfreeze(narrow_standardized, replace(SMALL, fine_tune_from=""))
    assert learning(narrow_standardized)[0] == "Conv1"


def test_an_unknown_first_layer_is_one_sentence_with_the_blocks_there_are(narrow_standardized: Any) -> None:
    with pytest.raises(UsageError, match=r"no layer is called `block6`; .* block_1_expand, .*, probabilities$"):
        unfreeze(narrow_standardized, replace(SMALL, fine_tune_from="block6"))


def test_each_block_of_mobilenet_v2_is_slower_than_the_one_above(narrow_standardized: Any) -> None:
    factors = rate_factors(narrow_standardized, replace(SMALL, block_rate=0.5))
    assert set(factors) == {layer.name for layer in narrow_standardized.layers if layer.weights}
    assert factors["probabilities"] == 1.0
    assert factors["Conv_1"] == factors["block_16_project"] == factors["block_16_project_BN"] == 0.5
    assert factors["block_15_expand"] == 0.25
    assert factors["block_1_expand"] == 0.5**16
    assert factors["expanded_conv_depthwise"] == 0.5**17
    assert factors["Conv1"] == factors["bn_Conv1"] == 0.5**18
    assert factors["standardize"] == 0.0
    assert set(rate_factors(narrow_standardized, SMALL).values()) == {0.0, 1.0}


def test_the_dense_layers_of_the_custom_cnn_are_its_head() -> None:
    recipe = replace(CUSTOM_CNN, input_size=32, filters=(4, 8), convolutions=1, dense_units=4, block_rate=0.1)
    assert rate_factors(build_model(recipe, 2), recipe) == {
        "block1_conv": pytest.approx(0.01),
        "block1_norm": pytest.approx(0.01),
        "block2_conv": 0.1,
        "block2_norm": 0.1,
        "hidden": 1.0,
        "probabilities": 1.0,
    }


def test_a_hub_module_learns_as_a_whole_or_not_at_all(hub_module: Callable[..., str]) -> None:
    recipe = replace(HUB, hub=hub_module(lambda pictures: pictures[:, 0, 0]), input_size=32, block_rate=0.5)
    model = build_model(recipe, 2)
    assert rate_factors(model, recipe)["probabilities"] == 1.0
    unfreeze(model, recipe)
    assert learning(model) == ["probabilities"]
    unfreeze(model, replace(recipe, hub_trainable=True))
    assert learning(model) == ["features", "probabilities"]
    assert rate_factors(model, recipe) == {"features": 0.5, "probabilities": 1.0}
