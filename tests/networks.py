"""Networks with made-up weights in the place of pretrained ones, in the forms that people download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from edge_app.model.card import Size
from tests.pictures import photograph
from train.models.architectures.mobilenet_v2 import weights_file

SIZE = Size(96, 96)


def write_backbone(folder: Path, width: float) -> Path:
    """Write a MobileNetV2 with random kernels under the name that Keras gives its ImageNet weights.

    Its batch norm has the statistics of drawn pets, so that the features of two pictures differ and none explodes.
    """
    keras.utils.set_random_seed(7)
    model = keras.applications.MobileNetV2((96, 96, 3), width, include_top=False, weights=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # the statistics become those of the one batch
    pictures = np.stack([photograph(number, SIZE)[..., ::-1] for number in range(24)])
    model(pictures.astype(np.float32) / 127.5 - 1.0, training=True)
    path = folder / weights_file(224, width)
    model.save_weights(str(path))
    return path


def save_hub_module(function: Callable[[Any], Any], folder: Path, size: int | None = 32) -> str:
    """Save a function of doubled pictures, (n, size, size, 3) float32, as a module of TF Hub; return its path."""
    module = tf.train.Checkpoint()
    module.gain = tf.Variable(2.0)
    pictures = tf.TensorSpec((None, size, size, 3), tf.float32)
    module.__call__ = tf.function(
        lambda pictures: function(pictures * module.gain), input_signature=[pictures], autograph=False
    )
    module.variables = module.trainable_variables = [module.gain]
    tf.saved_model.save(module, str(folder))
    return str(folder)
