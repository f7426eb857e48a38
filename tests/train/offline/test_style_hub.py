"""Promises of style transfer by a hub module: called as magenta's is, and everything else refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edge_app.common.errors import DataError, PhotographError, UsageError
from train.offline.style import StylePicture
from train.offline.style_hub import HubStylist

PICTURES = tf.TensorSpec((None, None, None, 3), tf.float32)
RED = StylePicture("red.png", "0" * 64, np.full((300, 400, 3), (0, 0, 255), np.uint8))


def save(path: Path, call: Callable[..., Any], *signature: Any) -> str:
    module = tf.Module()
    module.__call__ = tf.function(call, input_signature=signature)
    tf.saved_model.save(module, str(path))
    return str(path)


def halfway(content: Any, style: Any) -> list[Any]:
    """The signature of magenta's module, and a painting that can be predicted: halfway to the style's mean colour."""
    checked = tf.debugging.assert_equal(tf.shape(style)[1:3], (256, 256))
    with tf.control_dependencies([checked]):
        return [0.5 * content + 0.5 * tf.reduce_mean(style, axis=(1, 2), keepdims=True)]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save(tmp_path_factory.mktemp("hub") / "module", halfway, PICTURES, PICTURES)


def test_a_module_paints_in_rgb_within_0_and_1(module: str) -> None:
    content = np.full((50, 70, 3), (200, 100, 50), np.uint8)  # BGR
    painted = HubStylist(module).paint(content, RED, lambda _: None)
    assert painted.shape == (50, 70, 3)
    assert np.abs(painted.astype(int) - (100, 50, 152)).max() <= 1


def test_large_photographs_are_painted_smaller_and_small_ones_not_at_all(module: str) -> None:
    stylist = HubStylist(module, side=64)
    assert stylist.paint(np.zeros((500, 400, 3), np.uint8), RED, lambda _: None).shape == (64, 51, 3)
    with pytest.raises(PhotographError, match="64×6 pixels are too few for a style"):
        stylist.paint(np.zeros((50, 500, 3), np.uint8), RED, lambda _: None)
    assert stylist.settings == {"method": "hub", "side": 64, "module": module}


def test_a_painting_whose_size_was_rounded_up_gets_the_size_of_its_photograph(tmp_path: Path) -> None:
    def padded(content: Any, style: Any) -> list[Any]:
        return [tf.pad(content, ((0, 0), (0, 3), (0, 2), (0, 0))) + 0 * tf.reduce_mean(style)]

    stylist = HubStylist(save(tmp_path / "module", padded, PICTURES, PICTURES))
    assert stylist.paint(np.zeros((41, 33, 3), np.uint8), RED, lambda _: None).shape == (41, 33, 3)


def test_modules_without_that_signature_are_refused_in_one_sentence(tmp_path: Path) -> None:
    vector = save(tmp_path / "vector", lambda content: tf.reduce_mean(content, axis=(1, 2)), PICTURES)
    pair = save(
        tmp_path / "pair", lambda one, two: [tf.reduce_mean(one + tf.reduce_mean(two), axis=3)], PICTURES, PICTURES
    )
    small = save(
        tmp_path / "small", lambda one, other: [one[:, ::4, ::4] + 0 * tf.reduce_mean(other)], PICTURES, PICTURES
    )
    silent = tmp_path / "silent"
    tf.saved_model.save(tf.Module(), str(silent))
    for path in (vector, pair, small, str(silent)):
        with pytest.raises(DataError) as caught:
            HubStylist(path)
        sentence = str(caught.value)
        assert f"`{path}` paints no styles (" in sentence
        assert "called with a content and a style picture it must return a list" in sentence
        assert "\n" not in sentence
        assert len(sentence) < 600
    with pytest.raises(DataError, match=r"it returned \(1, 16, 24, 3\) float32 for a 96×64 one"):
        HubStylist(small)


def test_paths_and_handles_that_lead_nowhere_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder of a SavedModel; give a TF Hub handle like https://"):
        HubStylist(str(tmp_path))
    with pytest.raises(DataError, match=r"`http://127\.0\.0\.1:9/style/1` cannot be loaded \("):
        HubStylist("http://127.0.0.1:9/style/1")  # nobody listens
    (tmp_path / "saved_model.pb").write_text("no graph")
    with pytest.raises(DataError, match="cannot be loaded"):
        HubStylist(str(tmp_path))


def test_an_impossible_size_is_refused(module: str) -> None:
    with pytest.raises(UsageError, match="a size of at least 32, received 8"):
        HubStylist(module, side=8)
