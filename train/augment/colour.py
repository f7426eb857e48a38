"""Brightness, contrast, saturation and hue as one colour matrix per photograph."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from train.augment.augmentation import Augmentation
from train.augment.colour_matrices import FROM_YIQ, LUMINANCE, TO_YIQ
from train.augment.draws import uniform


def recolour(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Change brightness, contrast, saturation and hue of every photograph at random.

    All four are linear, so they are multiplied into one matrix and one offset. Hues turn in the I-Q plane, which keeps
    the luminance; a turn in HSV would not.

    Args:
        images: (batch, height, width, 3) float32 tensor, RGB, 0..255.
        augmentation: how strongly.
        seed: (2,) tensor.

    Returns:
        (batch, height, width, 3) float32 tensor, clipped to 0..255.
    """
    if not (augmentation.brightness or augmentation.contrast or augmentation.saturation or augmentation.hue):
        return images
    matrices, contrasts = _random_matrices(tf.shape(images)[0], augmentation, seed)
    mean_grey = tf.tensordot(tf.reduce_mean(images, axis=(1, 2)), tf.constant(LUMINANCE), 1)  # (batch,)
    brightness, contrast = contrasts[:, 0], contrasts[:, 1]
    offset = (1.0 - contrast) * brightness * mean_grey
    shape = tf.shape(images)
    pixels = tf.reshape(images, (shape[0], shape[1] * shape[2], 3))
    changed = tf.matmul(pixels, matrices, transpose_b=True) + offset[:, tf.newaxis, tf.newaxis]
    return tf.clip_by_value(tf.reshape(changed, shape), 0.0, 255.0)


def _random_matrices(count: Any, augmentation: Augmentation, seed: Any) -> tuple[Any, Any]:
    """Draw (count, 3, 3) matrices, and (count, 2) factors of brightness and contrast that are in them."""
    draws = tf.unstack(uniform(seed, "colour", count, 4), axis=1)
    brightness = 1.0 + draws[0] * augmentation.brightness
    contrast = 1.0 + draws[1] * augmentation.contrast
    saturation = 1.0 + draws[2] * augmentation.saturation
    angle = draws[3] * augmentation.hue * 2.0 * math.pi
    cosine, sine = saturation * tf.cos(angle), saturation * tf.sin(angle)
    zero, one = tf.zeros(count), tf.ones(count)
    rows = (one, zero, zero, zero, cosine, -sine, zero, sine, cosine)
    turned = tf.reshape(tf.stack(rows, axis=1), (count, 3, 3))
    matrices = tf.constant(FROM_YIQ, tf.float32) @ turned @ tf.constant(TO_YIQ, tf.float32)
    return (brightness * contrast)[:, tf.newaxis, tf.newaxis] * matrices, tf.stack([brightness, contrast], axis=1)
