"""Mixup: two photographs and their labels, mixed in the same proportion."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from train.augment.draws import stream_seed


def mixup_batch(images: Any, targets_one_hot: Any, alpha: float, seed: Any) -> tuple[Any, Any]:
    """Mix every photograph with another one of its batch (Zhang et al., arXiv:1710.09412).

    The share of the photograph itself is drawn from Beta(alpha, alpha), one draw per photograph. Its partner stands a
    random number of places further in the batch, so that none is mixed with itself (unless it is alone).

    Args:
        images: (batch, height, width, 3) float32 tensor.
        targets_one_hot: (batch, classes) float32 tensor.
        alpha: 0 leaves everything as it is; 1 makes every proportion equally likely.
        seed: (2,) tensor; the result is a pure function of it.

    Returns:
        images and targets, shapes and dtypes as they came.
    """
    if not alpha:
        return images, targets_one_hot
    count = tf.shape(images)[0]
    partner_seed = stream_seed(seed, "mixup partner")
    shift = tf.random.stateless_uniform((), partner_seed, 1, tf.maximum(count, 2), tf.int32, alg="philox")
    share = beta(count, alpha, stream_seed(seed, "mixup share"))[:, tf.newaxis]
    mixed_targets = share * targets_one_hot + (1.0 - share) * tf.roll(targets_one_hot, shift, axis=0)
    share = share[..., tf.newaxis, tf.newaxis]  # (batch, 1, 1, 1)
    return share * images + (1.0 - share) * tf.roll(images, shift, axis=0), mixed_targets


def beta(count: Any, alpha: float, seed: Any) -> Any:
    """Draw (count,) float32 from Beta(alpha, alpha) as a / (a + b) of two gamma draws.

    In float64: with a small alpha most gamma draws are below the smallest float32, and 0 / 0 is no proportion.
    """
    draws = tf.random.stateless_gamma((count, 2), seed, tf.constant(alpha, tf.float64), dtype=tf.float64)
    return tf.cast(draws[:, 0] / (draws[:, 0] + draws[:, 1]), tf.float32)
