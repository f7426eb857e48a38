"""Networks of every kind that `train` builds, as SavedModels, untrained but with answers that differ by photograph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from train.models import build_model
from train.models.architectures.custom_cnn import TINY
from train.models.architectures.inception_v3 import INCEPTION_V3
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import HEAD_LAYER, two_way
from train.models.input_layers import fit_input_statistics
from train.recipes import Recipe

RECIPES = {
    "mobilenet_v2": replace(MOBILENET_V2, input_size=96, width=0.35),
    "cnn": TINY,
    "cnn_plain": replace(TINY, batch_norm=False, pooling="average", block_dropout=0.2),
    "cnn_one_logit": replace(TINY, one_logit=True, dense_units=0),
    "cnn_standardize": replace(TINY, input_statistics="standardize"),
    "cnn_zca_whole": replace(TINY, input_size=32, input_statistics="zca"),
    "cnn_zca_patches": replace(TINY, input_statistics="zca"),
    "inception_v3": replace(INCEPTION_V3, input_size=75),
}


def make_saved_model(recipe: Recipe, folder: Path, images_rgb: np.ndarray, weights: str = "none") -> Path:
    """Build a network for two classes and save it; what is fitted is fitted on the given photographs.

    Args:
        recipe: of the network.
        folder: of the SavedModel.
        images_rgb: (photographs, height, width, 3) uint8.
        weights: of the backbone, a path or `none`.
    """
    statistics = fit_input_statistics(recipe.input_statistics, images_rgb)
    network = two_way(build_model(recipe, 2, weights, statistics))
    if weights == "none":
        disturb(network)
    make_decisive(network, images_rgb)
    return save_signatures(network, folder)


def disturb(network: Any) -> None:
    """Give every batch norm other values than those that change nothing."""
    random = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([_off(array, random) for array in layer.get_weights()])


def make_decisive(network: Any, images_rgb: np.ndarray) -> None:
    """Scale and shift the head so that the difference of the two scores has mean 0 and deviation 2 over photographs."""
    head = network.get_layer(HEAD_LAYER)
    features = keras.Model(network.input, head.input)(images_rgb / np.float32(127.5) - 1.0, training=False).numpy()
    kernel = head.get_weights()[0]
    difference = features @ (kernel[:, 1] - kernel[:, 0])
    scale = 2.0 / difference.std()
    head.set_weights([kernel * scale, np.array([0.0, -difference.mean() * scale], np.float32)])


def save_signatures(network: Any, folder: Path) -> Path:
    """Save with the signatures of a run and nothing else, which takes a tenth of the time."""
    images = tf.TensorSpec(network.input_shape, tf.float32, "images")

    @tf.function(input_signature=[images])  # type: ignore[untyped-decorator]
    def core(images: Any) -> Any:
        return {"probabilities": network(images, training=False)}

    @tf.function(input_signature=[images])  # type: ignore[untyped-decorator]
    def serving_default(images: Any) -> Any:
        return {"probabilities": network(images / 127.5 - 1.0, training=False)}

    module = tf.Module()
    module.kept = network.variables
    tf.saved_model.save(module, str(folder), {"core": core, "serving_default": serving_default})
    return folder


def saved_function(body: Callable[[Any], Any], shape: tuple[int | None, ...], folder: Path) -> Any:
    """Save a function from `images` of a shape to `probabilities` as both signatures; return it loaded."""
    spec = tf.TensorSpec(shape, tf.float32, "images")
    call = tf.function(lambda images: {"probabilities": body(images)}, input_signature=[spec])
    tf.saved_model.save(tf.Module(), str(folder / "function"), {"core": call, "serving_default": call})
    return tf.saved_model.load(str(folder / "function"))


def _off(array: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return (array + random.uniform(-0.3, 0.3, array.shape)).astype(np.float32)
