"""Which places of a picture speak for a class, from inside the network: Grad-CAM on the last convolution.

R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017.
The gradient is that of the log-odds (the logit less the log-sum-exp of the others): through the softmax it would be
zero in the very pictures that the network is sure of.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from train.data.batches import normalize
from train.evaluation.confidence import softmax_layer

_SMALLEST_MAP = 3  # cells of a side; fewer say nothing about where


def activation_maps(
    model: Any, pictures: npt.NDArray[np.uint8], classes: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.float32] | None:
    """Return how much each place speaks for a class.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities.
        pictures: (pictures, height, width, 3) uint8 RGB.
        classes: (pictures,) place of the class that each picture is asked about.

    Returns:
        (pictures, rows, columns) float32, 0 and more, without a unit; None: the network shows no maps, because it is
        one block (a TF Hub module), its last maps are too small, or its layers are wrapped for quantization.

    Raises:
        RunFolderError: the last layer is no Dense layer with a softmax.
    """
    head, last = softmax_layer(model), _last_maps(model)
    if last is None or not isinstance(head, keras.layers.Dense):
        return None
    inside = keras.Model(model.input, [last.output, head.input])
    images = tf.cast(normalize(pictures), inside.inputs[0].dtype)
    with tf.GradientTape() as tape:
        tape.watch(images)
        maps, features = inside(images, training=False)
        logits = tf.cast(features, tf.float32) @ tf.cast(head.kernel, tf.float32) + head.bias
        asked = tf.one_hot(classes, logits.shape[-1], on_value=True, off_value=False)
        others = tf.reduce_logsumexp(tf.where(asked, -np.inf, logits), axis=-1)
        log_odds = tf.reduce_sum(tf.where(asked, logits, 0.0), axis=-1) - others
    slopes = tf.cast(tape.gradient(log_odds, maps), tf.float32)
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
    return np.asarray(tf.nn.relu(tf.reduce_sum(weights * tf.cast(maps, tf.float32), axis=-1)))


def _last_maps(model: Any) -> Any | None:
    """Return the last layer whose output has the size of the last convolution's: behind its norm and activation."""
    sizes = [_size(layer) for layer in model.layers if _is_convolution(layer)]
    if not sizes or sizes[-1] is None or min(sizes[-1]) < _SMALLEST_MAP:
        return None
    return [layer for layer in model.layers if _size(layer) == sizes[-1]][-1]


def _is_convolution(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)


def _size(layer: Any) -> tuple[int, int] | None:
    """Return height and width of what a layer puts out; None: it is no maps."""
    shape = tuple(getattr(layer.output, "shape", ()))  # some layers have several outputs
    if len(shape) != 4 or None in shape[1:3]:
        return None
    _, height, width, _ = shape
    return int(height), int(width)
