"""Flip, rotation, zoom, translation and random-resized crop in one resampling.

Two ways to the same pixels: `move` in TensorFlow, for batches that are on an accelerator, and `warp_pictures` in
OpenCV, which is ten times faster on a CPU. OpenCV rounds to whole levels, TensorFlow does not: they differ by 0.5.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.augment.augmentation import CROP_ASPECT, Augmentation
from train.augment.draws import uniform

_LOG_ASPECT = math.log(CROP_ASPECT)


def move(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Move every photograph of a batch at random, bilinearly; what comes in from outside mirrors the edge.

    Args:
        images: (batch, height, width, 3) float32 tensor.
        augmentation: how far.
        seed: (2,) tensor.

    Returns:
        (batch, height, width, 3) float32 tensor.
    """
    shape = tf.shape(images)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=random_transforms(shape[0], shape[1], shape[2], augmentation, seed),
        output_shape=shape[1:3],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def warp_pictures(images_rgb: npt.NDArray[np.uint8], transforms: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Do what `move` does, by OpenCV and rounded to whole levels.

    Args:
        images_rgb: (batch, height, width, 3) uint8.
        transforms: (batch, 8) float32, from `random_transforms`.

    Returns:
        (batch, height, width, 3) uint8.
    """
    moved = np.empty_like(images_rgb)
    size = images_rgb.shape[2], images_rgb.shape[1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for image, transform, out in zip(images_rgb, transforms, moved, strict=True):
        affine = transform[:6].reshape(2, 3)
        cv2.warpAffine(image, affine, size, out, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return moved


def random_transforms(count: Any, height: Any, width: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Draw one affine map per photograph, from output to input pixels.

    A photograph is mirrored, turned, zoomed and shifted around its centre, then the crop is taken from what that gave.
    With p the output pixel, c the centre, k the crop's sides and o its offset: input = c + t + z F R (k (p - c) + o).

    Returns:
        (count, 8) float32 tensor (a, b, c, d, e, f, 0, 0): input x = a x + b y + c, input y = d x + e y + f.
    """
    draws = tf.unstack(uniform(seed, "geometry", count, 9), axis=1)
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    mirror = tf.where(draws[0] < 0.0, -1.0, 1.0) if augmentation.flip else tf.ones(count)
    angle = draws[1] * math.radians(augmentation.rotate_degrees)
    zoom = 1.0 + draws[2] * augmentation.zoom
    crop_x, crop_y = _crop_sides(draws[5], draws[6], augmentation.crop)
    cosine, sine = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    a, b = mirror * cosine * crop_x, -mirror * sine * crop_y
    d, e = sine * crop_x, cosine * crop_y
    offset_x, offset_y = draws[7] * (1.0 - crop_x) * width / 2.0, draws[8] * (1.0 - crop_y) * height / 2.0
    center_x, center_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
    shift_x = mirror * (cosine * offset_x - sine * offset_y) + draws[3] * augmentation.translate * width
    shift_y = sine * offset_x + cosine * offset_y + draws[4] * augmentation.translate * height
    c = center_x - a * center_x - b * center_y + shift_x
    f = center_y - d * center_x - e * center_y + shift_y
    zero = tf.zeros(count)
    return tf.stack([a, b, c, d, e, f, zero, zero], axis=1)


def _crop_sides(area_draw: Any, aspect_draw: Any, smallest: float) -> tuple[Any, Any]:
    """Shares of width and height: the area is uniform, the aspect's logarithm too; never more than the photograph."""
    if smallest >= 1.0:
        return tf.ones_like(area_draw), tf.ones_like(area_draw)
    area = smallest + (1.0 - smallest) * (area_draw + 1.0) / 2.0
    aspect = tf.exp(aspect_draw * _LOG_ASPECT)
    # Near the whole area only some aspects fit: the longer side is cut to 1, and the area is kept.
    aspect = tf.clip_by_value(aspect, area, 1.0 / area)
    return tf.sqrt(area * aspect), tf.sqrt(area / aspect)
