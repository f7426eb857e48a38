"""Flip, rotate, zoom and translate in one resampling.

Every random number is a function of the seed that the caller derives from (seed, epoch, step), so a resumed run sees
what an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GeometricAugmentation:
    """How far photographs are moved.

    Attributes:
        flip: mirror every second photograph left to right.
        rotate_degrees: at most, to either side.
        zoom: at most this share larger or smaller.
        translate: at most this share of the side, in both directions.
    """

    flip: bool = True
    rotate_degrees: float = 15.0
    zoom: float = 0.2
    translate: float = 0.1

    def __post_init__(self) -> None:
        if min(self.rotate_degrees, self.zoom, self.translate) < 0 or self.zoom >= 1 or self.translate >= 1:
            raise ValueError(f"rotation must be at least 0 degrees, zoom and translation within 0..1: {self}")

    @property
    def is_off(self) -> bool:
        """Whether photographs stay as they are."""
        return not (self.flip or self.rotate_degrees or self.zoom or self.translate)


def augment_batch(images: Any, augmentation: GeometricAugmentation, seed: Any) -> Any:
    """Move every photograph of a batch at random; what comes in from outside mirrors the edge.

    Args:
        images: (batch, height, width, 3) float tensor.
        augmentation: how far.
        seed: (2,) int32 tensor.

    Returns:
        (batch, height, width, 3) float32 tensor.
    """
    import tensorflow as tf

    if augmentation.is_off:
        return tf.cast(images, tf.float32)
    shape = tf.shape(images)
    transforms = random_transforms(shape[0], shape[1], shape[2], augmentation, seed)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=transforms,
        output_shape=shape[1:3],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def random_transforms(count: Any, height: Any, width: Any, augmentation: GeometricAugmentation, seed: Any) -> Any:
    """Draw one affine map per photograph, from output to input pixels, around the centre.

    Returns:
        (count, 8) float32 tensor (a, b, c, d, e, f, 0, 0): input x = a x + b y + c, input y = d x + e y + f.
    """
    import tensorflow as tf

    draws = tf.random.stateless_uniform((5, count), seed, -1.0, 1.0)
    angle = draws[0] * math.radians(augmentation.rotate_degrees)
    zoom = 1.0 + draws[1] * augmentation.zoom
    mirror = tf.where(draws[2] < 0.0, -1.0, 1.0) if augmentation.flip else tf.ones(count)
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    center_x, center_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
    a, b = mirror * tf.cos(angle) * zoom, -tf.sin(angle) * zoom * mirror
    d, e = tf.sin(angle) * zoom, tf.cos(angle) * zoom
    c = center_x - a * center_x - b * center_y + draws[3] * augmentation.translate * width
    f = center_y - d * center_x - e * center_y + draws[4] * augmentation.translate * height
    zero = tf.zeros(count)
    return tf.stack([a, b, c, d, e, f, zero, zero], axis=1)
