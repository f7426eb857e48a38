"""Histogram equalization of the luminance: over the whole photograph, or tile by tile with limited contrast (CLAHE).

The luminance is the Y of OpenCV's YCrCb, rounded to whole levels. What it gains is added to red, green and blue alike,
which is what replacing Y and keeping Cr and Cb comes to.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from train.augment.augmentation import TILES, Augmentation
from train.augment.draws import chance

CLIP_LIMIT = 2.0
"""Most pixels that a level may have in the histogram of a tile, in multiples of an even histogram."""

_LEVELS = 256
_FIXED_LUMINANCE = (4899, 9617, 1868)  # ITU-R BT.601 times 2^14; they add up to 2^14


def equalize_some(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Equalize some photographs over the whole, some tile by tile, and leave the others.

    Args:
        images: (batch, height, width, 3) float32 tensor, RGB, 0..255.
        augmentation: how many.
        seed: (2,) tensor.

    Returns:
        (batch, height, width, 3) float32 tensor, 0..255.
    """
    if not (augmentation.equalize or augmentation.clahe):
        return images
    drawn = chance(seed, "histogram", tf.shape(images)[0], 1)[:, 0]
    before = luminance(images)
    after = before
    if augmentation.equalize:
        chosen = drawn < augmentation.equalize
        after = tf.where(chosen[:, tf.newaxis, tf.newaxis], equalized(before), after)
    if augmentation.clahe:
        chosen = drawn >= 1.0 - augmentation.clahe
        after = tf.where(chosen[:, tf.newaxis, tf.newaxis], clahe(before), after)
    gain = tf.cast(after - before, tf.float32)[..., tf.newaxis]
    return tf.clip_by_value(images + gain, 0.0, 255.0)


def luminance(images: Any) -> Any:
    """Return the luminance of (batch, height, width, 3) RGB as (batch, height, width) int32, 0..255.

    In fixed point, as `cv2.cvtColor` does: floats would round one pixel in 7,000 otherwise, and where an equalized
    histogram is steep a level becomes eight.
    """
    return (tf.reduce_sum(_rounded(images) * tf.constant(_FIXED_LUMINANCE), axis=3) + (1 << 13)) // (1 << 14)


def equalized(levels: Any) -> Any:
    """Spread the levels of each picture over 0..255, as `cv2.equalizeHist` does.

    The darkest level that occurs becomes 0, and every other one its share of the pixels above that.

    Args:
        levels: (batch, height, width) int32 tensor, 0..255.

    Returns:
        The same, equalized; a picture of one level stays as it is.
    """
    shape = tf.shape(levels)
    flat = tf.reshape(levels, (shape[0], shape[1] * shape[2]))
    counts = tf.cumsum(_histograms(flat), axis=1)  # (batch, 256)
    darkest = tf.reduce_min(tf.where(counts > 0, counts, shape[1] * shape[2]), axis=1, keepdims=True)
    above = shape[1] * shape[2] - darkest
    scale = 255.0 / tf.cast(tf.maximum(above, 1), tf.float32)
    table = _rounded(tf.cast(tf.maximum(counts - darkest, 0), tf.float32) * scale)
    table = tf.where(above > 0, table, tf.range(_LEVELS))
    return tf.reshape(tf.gather(table, flat, batch_dims=1), shape)


def clahe(levels: Any) -> Any:
    """Equalize each picture tile by tile with limited contrast, as `cv2.createCLAHE(CLIP_LIMIT, (TILES, TILES))` does.

    K. Zuiderveld, Contrast Limited Adaptive Histogram Equalization, Graphics Gems IV, 1994. A pixel's new level is
    bilinear between those that the four nearest tiles give it.

    Args:
        levels: (batch, height, width) int32 tensor, 0..255; height and width at least 16.

    Returns:
        The same, equalized.
    """
    shape = tf.shape(levels)
    tables, tile = _tile_tables(levels)
    top, bottom, down = _neighbours(shape[1], tile[0])
    left, right, along = _neighbours(shape[2], tile[1])
    down, along = down[:, tf.newaxis], along[tf.newaxis]

    def looked_up(row: Any, column: Any) -> Any:
        places = (row[:, tf.newaxis] * TILES + column[tf.newaxis]) * _LEVELS + levels  # (batch, height, width)
        flat = tf.gather(tables, tf.reshape(places, (shape[0], shape[1] * shape[2])), batch_dims=1)
        return tf.cast(tf.reshape(flat, shape), tf.float32)

    above = looked_up(top, left) * (1.0 - along) + looked_up(top, right) * along
    below = looked_up(bottom, left) * (1.0 - along) + looked_up(bottom, right) * along
    return _rounded(above * (1.0 - down) + below * down)


def _tile_tables(levels: Any) -> tuple[Any, Any]:
    """Return each tile's new levels, (batch, tiles × tiles × 256) int32, and (2,) height and width of a tile."""
    shape = tf.shape(levels)
    sides = shape[1:3]
    # OpenCV mirrors what is missing to whole tiles; when one side needs it, it adds TILES to a side that does not.
    missing = TILES - sides % TILES
    missing = tf.where(tf.reduce_all(sides % TILES == 0), 0, missing)
    padded = tf.pad(levels, [[0, 0], [0, missing[0]], [0, missing[1]]], mode="REFLECT")
    tile = (sides + missing) // TILES
    pixels = tile[0] * tile[1]
    cut = tf.reshape(padded, (shape[0], TILES, tile[0], TILES, tile[1]))
    tiles = tf.reshape(tf.transpose(cut, (0, 1, 3, 2, 4)), (shape[0] * TILES * TILES, pixels))
    counts = tf.cumsum(_limited(_histograms(tiles), pixels), axis=1)
    tables = _rounded(tf.cast(counts, tf.float32) * (255.0 / tf.cast(pixels, tf.float32)))
    return tf.reshape(tables, (shape[0], TILES * TILES * _LEVELS)), tile


def _limited(histograms: Any, pixels: Any) -> Any:
    """Cut (rows, 256) histograms at the limit and hand the excess to all levels; what is left over to every n-th."""
    limit = tf.maximum(tf.cast(CLIP_LIMIT * tf.cast(pixels, tf.float32) / _LEVELS, tf.int32), 1)
    excess = tf.reduce_sum(tf.maximum(histograms - limit, 0), axis=1, keepdims=True)
    rest = excess % _LEVELS
    step = tf.maximum(_LEVELS // tf.maximum(rest, 1), 1)
    level = tf.range(_LEVELS)[tf.newaxis]
    one_more = (level % step == 0) & (level // step < rest)
    return tf.minimum(histograms, limit) + excess // _LEVELS + tf.cast(one_more, tf.int32)


def _neighbours(side: Any, tile: Any) -> tuple[Any, Any, Any]:
    """Return the tile before and after each pixel of a side (int32), and how far it is on the way (float32, 0..1)."""
    place = tf.cast(tf.range(side), tf.float32) * (1.0 / tf.cast(tile, tf.float32)) - 0.5
    before = tf.cast(tf.floor(place), tf.int32)
    way = place - tf.floor(place)
    return tf.maximum(before, 0), tf.minimum(before + 1, TILES - 1), way


def _histograms(rows: Any) -> Any:
    """Count the levels of each row: (rows, pixels) int32 to (rows, 256) int32."""
    count = tf.shape(rows)[0]
    places = rows + tf.range(count)[:, tf.newaxis] * _LEVELS
    counted = tf.math.unsorted_segment_sum(tf.ones_like(places), places, count * _LEVELS)
    return tf.reshape(counted, (count, _LEVELS))


def _rounded(values: Any) -> Any:
    """Round to the nearest level, halves to the even one, as OpenCV does; int32, 0..255."""
    return tf.clip_by_value(tf.cast(tf.round(values), tf.int32), 0, _LEVELS - 1)
