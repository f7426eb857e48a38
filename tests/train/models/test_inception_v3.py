"""Promises of Inception v3: flat, the features of Keras' own, and names that say the block, in every process alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models import build_model, pretrained_weights
from train.models.architectures.inception_v3 import INCEPTION_V3
from train.models.freezing import rate_factors, unfreeze
from train.models.pretrained_weights import load_backbone

SMALL = replace(INCEPTION_V3, input_size=75, block_rate=0.5)


@pytest.fixture(scope="module")
def both() -> Any:
    """Keras' backbone, and ours made of it."""
    made = []

    def remember(*words: Any, **options: Any) -> Any:
        made.append(load_backbone(*words, **options))
        return made[0]

    keras.layers.Conv2D(1, 1)  # moves Keras' count of names
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained_weights, "load_backbone", remember)
        return made, build_model(SMALL, 2, "none")


@pytest.fixture
def inception(both: Any) -> Any:
    return both[1]


def test_it_is_flat_and_its_layers_are_named_by_block(inception: Any) -> None:
    names = [layer.name for layer in inception.layers]
    assert not any(isinstance(layer, keras.Model) for layer in inception.layers)
    assert names[:5] == ["images", "stem_conv1", "stem_norm1", "stem_relu1", "stem_conv2"]
    assert names[-4:] == ["mixed10", "features", "dropout", "probabilities"]
    assert len([name for name in names if "_conv" in name]) == 94
    assert {f"mixed{number}" for number in range(11)} <= set(names)
    for layer in inception.layers:
        if "_norm" in layer.name:
            assert layer.input.name.startswith(layer.name.replace("norm", "conv") + "/")


def test_it_computes_what_keras_does(both: Any) -> None:
    (original,), ours = both
    images = np.random.default_rng(0).uniform(-1, 1, (2, 75, 75, 3)).astype(np.float32)
    features = keras.Model(ours.input, ours.get_layer("features").output)(images)
    assert np.ptp(features) > 1e-3  # random weights: small, but not nothing
    np.testing.assert_allclose(features, np.asarray(original(images)).mean(axis=(1, 2)), atol=1e-7, rtol=1e-3)


def test_fine_tuning_moves_the_blocks_above_mixed8_and_each_block_has_its_rate(inception: Any) -> None:
    unfreeze(inception, SMALL)
    moved = {layer.name.partition("_")[0] for layer in inception.layers if layer.trainable_weights}
    assert moved == {"mixed9", "mixed10", "probabilities"}
    factors = rate_factors(inception, SMALL)
    assert [factors[name] for name in ("probabilities", "mixed10_conv1", "mixed9_norm3", "mixed0_conv1")] == [
        1.0, 0.5, 0.25, 0.5**11,
    ]  # fmt: skip
    assert factors["stem_conv5"] == 0.5**12


def test_a_picture_that_is_too_small_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"needs pictures of 75 px or more, received 64; give --image-size 299"):
        build_model(replace(SMALL, input_size=64), 2, "none")
