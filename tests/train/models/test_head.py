"""Promises of the head: one logit in training is the same as two scores in every artifact; the last penalty counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models import build_model
from train.models.architectures.custom_cnn import CUSTOM_CNN
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import HEAD_LAYER, kernel_penalty, refuse_unknown_layers, two_way
from train.recipes import Penalty

ONE_LOGIT = replace(
    CUSTOM_CNN,
    input_size=32,
    filters=(8,),
    convolutions=1,
    pooling="flatten",
    dense_units=8,
    one_logit=True,
    penalties=(Penalty(l2=1e-3),),
)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (16, 32, 32, 3)).astype(np.float32)


def test_two_scores_say_the_same_as_one_logit() -> None:
    model = build_model(ONE_LOGIT, 2)
    kernel, _ = model.get_layer(HEAD_LAYER).get_weights()
    features = keras.Model(model.input, model.get_layer(HEAD_LAYER).input).predict_on_batch(IMAGES)
    spread = 4 / np.ptp(features @ kernel)  # logits four apart, whatever the random weights are
    model.get_layer(HEAD_LAYER).set_weights([spread * kernel, -spread * (features @ kernel).mean(axis=0)])
    second = model.predict_on_batch(IMAGES)
    assert second.shape == (16, 1)
    assert np.ptp(second) > 0.4
    both = two_way(model)
    np.testing.assert_allclose(both.predict_on_batch(IMAGES), np.concatenate([1 - second, second], 1), atol=1e-6)
    kernel, bias = both.get_layer(HEAD_LAYER).get_weights()
    assert not kernel[:, 0].any()
    assert bias[0] == 0.0
    assert float(sum(both.losses)) == pytest.approx(float(sum(model.losses)))


def test_two_scores_stay_as_they_are() -> None:
    model = build_model(replace(ONE_LOGIT, one_logit=False), 2)
    assert two_way(model) is model


def test_one_logit_for_three_classes_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="one logit tells two classes apart, received 3 classes"):
        build_model(ONE_LOGIT, 3)


def test_the_last_penalty_that_names_a_layer_counts() -> None:
    recipe = replace(CUSTOM_CNN, penalties=(Penalty(l2=0.5), Penalty("block1", l1=0.25)))
    one, two = kernel_penalty(recipe, "block1_conv"), kernel_penalty(recipe, "hidden")
    assert (float(one.l1), float(one.l2)) == (0.25, 0.0)
    assert (float(two.l1), float(two.l2)) == (0.0, 0.5)
    assert kernel_penalty(replace(recipe, penalties=()), "hidden") is None
    assert kernel_penalty(replace(recipe, penalties=(Penalty(l2=0.5), Penalty("hidden"))), "hidden") is None


def test_a_pretrained_network_has_penalties_on_its_head() -> None:
    refuse_unknown_layers(replace(MOBILENET_V2, penalties=(Penalty(l2=0.5), Penalty("prob"))), ("probabilities",))
    with pytest.raises(UsageError, match=r"begins with `block_16`; in mobilenet_v2 there are probabilities"):
        refuse_unknown_layers(replace(MOBILENET_V2, penalties=(Penalty("block_16", l2=0.5),)), ("probabilities",))
