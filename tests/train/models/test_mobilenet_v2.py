"""Promises of MobileNetV2: flat, of every width, with its weights at every size and behind every first layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edge_app.common.errors import UsageError
from tests.train.models.conftest import NARROW
from train.models import build_model
from train.models.architectures.mobilenet_v2 import weights_file

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)


def features(model: Any) -> Any:
    return keras.Model(model.input, model.get_layer("features").output).predict_on_batch(IMAGES)


def test_it_is_flat_and_carries_the_weights_of_keras(narrow: Any, narrow_weights: Path) -> None:
    assert not any(isinstance(layer, keras.Model) for layer in narrow.layers)
    original = keras.applications.MobileNetV2((64, 64, 3), 0.35, include_top=False, weights=str(narrow_weights))
    np.testing.assert_allclose(features(narrow), original.predict_on_batch(IMAGES).mean(axis=(1, 2)), atol=1e-5)


def test_behind_input_layers_it_is_flat_too_and_has_the_same_weights(narrow: Any, narrow_standardized: Any) -> None:
    assert not any(isinstance(layer, keras.Model) for layer in narrow_standardized.layers)
    names = [layer.name for layer in narrow_standardized.layers if layer.name != "standardize"]
    assert names == [layer.name for layer in narrow.layers]
    np.testing.assert_allclose(features(narrow_standardized), features(narrow), atol=1e-5)


def test_wide_networks_have_more_features() -> None:
    model = build_model(replace(NARROW, width=1.4), 2, "none")
    assert model.get_layer("features").output_shape == (None, 1792)


def test_another_size_uses_the_file_for_224_and_says_so(
    narrow: Any,
    narrow_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    cache = tmp_path / ".keras" / "models"
    cache.mkdir(parents=True)
    (cache / narrow_weights.name).symlink_to(narrow_weights)
    model = build_model(replace(NARROW, input_size=96), 2)
    told = capsys.readouterr().out
    assert f"`{weights_file(96, 0.35)}` is not in `{cache}`: using `{narrow_weights.name}`" in told
    for one, two in zip(model.layers[1:-1], narrow.layers[1:-1], strict=True):
        for mine, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_a_width_without_imagenet_weights_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"no ImageNet weights for width 0.6; choose one of 0.35, 0.5, 0.75, 1.0"):
        build_model(replace(NARROW, width=0.6), 2)
    with pytest.raises(UsageError, match=r"the width must be above 0, received -1"):
        build_model(replace(NARROW, width=-1), 2, "none")
