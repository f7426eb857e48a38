"""From the bytes of a JPEG file to the network's input inside the TensorFlow graph, as TF Serving calls a model.

The same pixels as on a device: decoded by the same integer arithmetic as OpenCV's libjpeg, EXIF orientation applied,
bilinear with half-pixel centres on the full-size picture, rounded to whole levels (within one level: OpenCV computes
the weights in fixed point).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from edge_app.model.card import ResizeRule
from edge_app.model.preparation import INNER_SHARE

_START_OF_SCAN, _APP1 = 0xDA, 0xE1
_EXIF = tuple(b"Exif\0\0")
_ORIENTATION_TAG = 0x0112


def decode_jpegs(jpegs: Any, size: int, resize: ResizeRule = "squash") -> Any:
    """Decode, turn upright and resize to a square.

    Args:
        jpegs: (batch,) strings, the bytes of JPEG files.
        size: width and height of the result, pixels.
        resize: `squash` or `center_zoom`, see `ModelCard`.

    Returns:
        (batch, size, size, 3) float32 RGB, whole numbers 0..255.
    """
    return tf.map_fn(lambda jpeg: _decode(jpeg, size, resize), jpegs, fn_output_signature=tf.float32)


def _decode(jpeg: Any, size: int, resize: ResizeRule) -> Any:
    # OpenCV's libjpeg: slow integer DCT, smooth chroma
    image = tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True)
    upright = _turned(image, exif_orientation(jpeg))
    seen = _inner(upright, size) if resize == "center_zoom" else upright
    resized = tf.round(tf.image.resize(seen, (size, size), method="bilinear", antialias=False))
    return tf.ensure_shape(resized, (size, size, 3))


def _inner(image: Any, size: int) -> Any:
    """Cut what `edge_app.model.preparation.seen_window` cuts."""
    sides = tf.shape(image)[:2]
    inner = tf.maximum(1, tf.cast(tf.round(tf.cast(sides, tf.float64) * INNER_SHARE), tf.int32))
    window = tf.where(tf.reduce_all(sides == size), sides, inner)
    top, left = tf.unstack((sides - window) // 2)
    return image[top : top + window[0], left : left + window[1]]


def _turned(image: Any, orientation: Any) -> Any:
    """Apply an EXIF orientation, 1..8 (CIPA DC-008, 4.6.4): 5 to 8 swap rows and columns first, then flips."""
    turned = tf.cond(orientation >= 5, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    from_right = tf.reduce_any(orientation == tf.constant([2, 3, 6, 7]))
    from_below = tf.reduce_any(orientation == tf.constant([3, 4, 7, 8]))
    turned = tf.cond(from_right, lambda: tf.reverse(turned, [1]), lambda: turned)
    return tf.cond(from_below, lambda: tf.reverse(turned, [0]), lambda: turned)


def exif_orientation(jpeg: Any) -> Any:
    """Return the EXIF orientation of a JPEG, int32 scalar 1..8; 1 where there is none.

    Args:
        jpeg: string scalar.
    """
    content = tf.cast(tf.io.decode_raw(jpeg, tf.uint8), tf.int32)
    length = tf.size(content)

    def going_on(position: Any, orientation: Any) -> Any:
        inside = position + 10 < length
        return inside & (orientation == 0) & (_byte(content, position + 1) != _START_OF_SCAN)

    def next_segment(position: Any, orientation: Any) -> tuple[Any, Any]:
        is_exif = (_byte(content, position + 1) == _APP1) & tf.reduce_all(
            tf.gather(content, tf.clip_by_value(position + 4 + tf.range(6), 0, length - 1)) == tf.constant(_EXIF)
        )
        found = tf.cond(is_exif, lambda: _orientation_of(content, position + 10), lambda: 0)
        return position + 2 + tf.maximum(2, _number(content, position + 2, 2, True)), found

    _, orientation = tf.while_loop(going_on, next_segment, (tf.constant(2), tf.constant(0)))
    return tf.where((orientation >= 1) & (orientation <= 8), orientation, 1)


def _orientation_of(content: Any, tiff: Any) -> Any:
    """Look the tag up in the first directory of a TIFF header that begins at `tiff`; 0: it is not there."""
    big = _byte(content, tiff) == 0x4D
    directory = tiff + _number(content, tiff + 4, 4, big)
    count = tf.clip_by_value(_number(content, directory, 2, big), 0, 256)
    entries = directory + 2 + 12 * tf.range(count)
    places = tf.where(_number(content, entries, 2, big) == _ORIENTATION_TAG)[:, 0]
    return tf.cond(tf.size(places) > 0, lambda: _number(content, tf.gather(entries, places[0]) + 8, 2, big), lambda: 0)


def _number(content: Any, position: Any, size: int, big_endian: Any) -> Any:
    """Read unsigned numbers of 2 or 4 bytes at positions of any shape; outside the file its nearest byte is read."""
    places = tf.expand_dims(position, -1) + tf.range(size)
    stored = tf.cast(tf.gather(content, tf.clip_by_value(places, 0, tf.size(content) - 1)), tf.int64)
    powers = tf.constant([256**place for place in range(size)], tf.int64)
    ordered = tf.where(big_endian, stored[..., ::-1], stored)
    return tf.cast(tf.minimum(tf.reduce_sum(ordered * powers, axis=-1), 2**31 - 2**16), tf.int32)


def _byte(content: Any, position: Any) -> Any:
    return tf.gather(content, tf.clip_by_value(position, 0, tf.size(content) - 1))
