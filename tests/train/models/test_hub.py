"""Promises of hub modules: the features of the module, scaled as it expects, and one sentence for everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import DataError, UsageError
from edge_app.model.card import Size
from tests.pictures import photograph
from train.data.batches import normalize
from train.models import build_model
from train.models.architectures.hub import HUB
from train.models.architectures.mobilenet_v2 import MOBILENET_V2

SMALL = replace(HUB, input_size=32)


def features(model: Any) -> Any:
    return keras.Model(model.input, model.get_layer("features").output)


def test_the_features_of_a_hub_module_are_those_of_our_own_mobilenet_v2(narrow_weights: Path, tmp_path: Path) -> None:
    """The module is Keras' network of the same weights, which takes [0, 1] as modules of TF Hub do."""
    network = keras.applications.MobileNetV2((64, 64, 3), 0.35, include_top=False, weights=str(narrow_weights))
    module = tf.train.Checkpoint(weights=network.weights)  # not the layers, each of which would be saved too
    pictures = tf.TensorSpec((None, 64, 64, 3), tf.float32)
    module.__call__ = tf.function(
        lambda pictures: tf.reduce_mean(network(2.0 * pictures - 1.0, training=False), (1, 2)),
        input_signature=[pictures],
        autograph=False,
    )
    tf.saved_model.save(module, str(tmp_path / "module"))
    images = normalize(np.stack([photograph(number, Size(64, 64))[..., ::-1] for number in range(3)]))
    recipe = replace(HUB, hub=str(tmp_path / "module"), input_size=64)
    theirs = features(build_model(recipe, 2)).predict_on_batch(images)
    narrow = replace(MOBILENET_V2, width=0.35, input_size=64)
    ours = features(build_model(narrow, 2, str(narrow_weights))).predict_on_batch(images)
    assert theirs.shape == (3, 1280)
    assert theirs.std(axis=0).mean() > 0.05  # they tell the pictures apart
    np.testing.assert_allclose(theirs, ours, atol=1e-4)


def test_the_module_gets_pixels_from_0_to_1(hub_module: Callable[..., str]) -> None:
    model = build_model(replace(SMALL, hub=hub_module(lambda pictures: pictures[:, 0, 0])), 2)
    images = np.zeros((1, 32, 32, 3), np.float32)
    images[0, 0, 0] = (-1, 0, 1)
    assert features(model).predict_on_batch(images).tolist() == [[0.0, 1.0, 2.0]]  # the module doubles


def test_a_module_for_any_size_is_taken(hub_module: Callable[..., str]) -> None:
    path = hub_module(lambda pictures: tf.reduce_mean(pictures, (1, 2)), size=None)
    assert build_model(replace(SMALL, hub=path), 2).output_shape == (None, 2)


def test_a_path_is_kept_absolute_so_that_the_model_loads_from_anywhere(
    hub_module: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(hub_module(lambda pictures: pictures[:, 0, 0]))
    monkeypatch.chdir(path.parent)
    model = build_model(replace(SMALL, hub=path.name), 2)
    assert model.get_layer("features").get_config()["handle"] == str(path)


def test_no_module_is_one_sentence(tmp_path: Path) -> None:
    for hub, kind, sentence in (
        ("", UsageError, "needs a TF Hub feature vector; give --hub HANDLE_OR_PATH"),
        (str(tmp_path / "nowhere"), DataError, "does not exist; give the folder of a SavedModel or a handle"),
        (str(tmp_path), DataError, r"is no SavedModel \(no saved_model.pb in it\)"),
    ):
        with pytest.raises(kind, match=sentence):
            build_model(replace(SMALL, hub=hub), 2)


def test_a_handle_that_cannot_be_downloaded_names_the_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"could not be downloaded \(.*\); give --hub the path .* TFHUB_CACHE_DIR .*"):
        build_model(replace(SMALL, hub="https://fieldlens.invalid/mobilenet_v2/feature_vector/5"), 2)


def test_a_module_for_another_size_names_the_size(hub_module: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match=r"takes pictures of 40 px, the recipe has 32; give --image-size 40"):
        build_model(replace(SMALL, hub=hub_module(lambda pictures: pictures[:, 0, 0], size=40)), 2)


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda pictures: pictures, r"it returns float32 of shape \(None, 32, 32, 3\)"),
        (lambda pictures: tf.cast(pictures[:, 0, 0], tf.int32), r"it returns int32 of shape \(None, 3\)"),
        (lambda pictures: {"default": pictures[:, 0, 0]}, "it returns a dict, not one tensor"),
    ],
)
def test_what_is_no_feature_vector_is_one_sentence(
    function: Callable[[Any], Any], what: str, hub_module: Callable[..., str]
) -> None:
    with pytest.raises(DataError, match=rf"is no feature vector for pictures of 32 px \({what}\); give a module that"):
        build_model(replace(SMALL, hub=hub_module(function)), 2)


def test_what_cannot_be_called_or_read_is_one_sentence(tmp_path: Path) -> None:
    tf.saved_model.save(tf.Module(), str(tmp_path / "empty"))
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "saved_model.pb").write_bytes(b"junk")
    for name in ("empty", "junk"):
        with pytest.raises(DataError, match="is no feature vector for pictures of 32 px"):
            build_model(replace(SMALL, hub=str(tmp_path / name)), 2)


def test_a_classifier_is_taken_and_a_line_says_what_is_better(
    hub_module: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = hub_module(lambda pictures: tf.tile(pictures[:, 0, 0, :1], (1, 1001)))
    assert build_model(replace(SMALL, hub=path), 2).output_shape == (None, 2)
    assert "has 1,001 outputs, as a classifier of ImageNet has; the feature vector" in capsys.readouterr().out


def test_a_module_without_weights_that_shall_learn_is_one_sentence(tmp_path: Path) -> None:
    module = tf.train.Checkpoint()
    pictures = tf.TensorSpec((None, 32, 32, 3), tf.float32)
    module.__call__ = tf.function(lambda pictures: pictures[:, 0, 0], input_signature=[pictures], autograph=False)
    tf.saved_model.save(module, str(tmp_path / "module"))
    recipe = replace(SMALL, hub=str(tmp_path / "module"))
    assert build_model(recipe, 2).output_shape == (None, 2)
    with pytest.raises(UsageError, match="has no weights that can learn; leave the module frozen"):
        build_model(replace(recipe, hub_trainable=True), 2)
