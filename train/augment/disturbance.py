"""Gaussian noise and random erasing: what is not in the picture."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from train.augment.augmentation import ERASED_ASPECT, Augmentation
from train.augment.draws import chance, stream_seed

_LOG_ASPECT = math.log(ERASED_ASPECT)


def add_noise(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Add Gaussian noise to every channel of every pixel.

    Args:
        images: (batch, height, width, 3) float32 tensor, 0..255.
        augmentation: `noise` is the standard deviation, levels.
        seed: (2,) tensor.

    Returns:
        (batch, height, width, 3) float32 tensor, clipped to 0..255.
    """
    if not augmentation.noise:
        return images
    own_seed = stream_seed(seed, "noise")
    noise = tf.random.stateless_normal(tf.shape(images), own_seed, stddev=augmentation.noise, alg="philox")
    return tf.clip_by_value(images + noise, 0.0, 255.0)


def erase(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Fill a rectangle of some photographs with random bytes (Zhong et al., arXiv:1708.04896, `RE-R`).

    Area and logarithm of the aspect ratio are uniform, the place is too. A rectangle longer than the photograph is cut
    to its side, where the paper draws again.

    Args:
        images: (batch, height, width, 3) float32 tensor, 0..255.
        augmentation: how many, and how large the rectangle is.
        seed: (2,) tensor.

    Returns:
        (batch, height, width, 3) float32 tensor, 0..255.
    """
    if not augmentation.erase:
        return images
    erased = _random_rectangles(tf.shape(images), augmentation, seed)
    own_seed = stream_seed(seed, "erase filling")
    filling = tf.random.stateless_uniform(tf.shape(images), own_seed, 0, 256, tf.int32, alg="philox")
    return tf.where(erased[..., tf.newaxis], tf.cast(filling, tf.float32), images)


def _random_rectangles(shape: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Draw masks, (batch, height, width) bool; most are empty where `erase` is small."""
    drawn, area, aspect, down, along = tf.unstack(chance(seed, "erase place", shape[0], 5), axis=1)
    smallest, largest = augmentation.erase_area
    share = smallest + (largest - smallest) * area
    longer = tf.exp((2.0 * aspect - 1.0) * _LOG_ASPECT)
    chosen = tf.cast(drawn < augmentation.erase, tf.float32)
    tall, wide = tf.minimum(tf.sqrt(share * longer), 1.0) * chosen, tf.minimum(tf.sqrt(share / longer), 1.0) * chosen
    rows = _interval(tall, down, shape[1])
    columns = _interval(wide, along, shape[2])
    return rows[:, :, tf.newaxis] & columns[:, tf.newaxis]


def _interval(length: Any, place: Any, side: Any) -> Any:
    """Mark an interval of a side: (batch,) shares to (batch, side) bool."""
    pixels = tf.round(length * tf.cast(side, tf.float32))
    start = tf.round(place * (tf.cast(side, tf.float32) - pixels))
    position = tf.cast(tf.range(side), tf.float32)[tf.newaxis]
    return (position >= start[:, tf.newaxis]) & (position < (start + pixels)[:, tf.newaxis])
