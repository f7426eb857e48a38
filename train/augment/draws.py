"""Random numbers of augmentation: pure functions of a seed, another stream for each kind of change.

Photograph i of a batch gets row i, whatever the size of the batch. Philox is asked for by name because `auto_select`
draws other numbers on a TPU.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import tensorflow as tf

Stream = Literal[
    "geometry", "histogram", "colour", "noise", "erase place", "erase filling", "mixup partner", "mixup share"
]


def stream_seed(seed: Any, stream: Stream) -> Any:
    """Derive the (2,) int64 seed of one kind of change from the (2,) seed of the step."""
    place = tf.constant(get_args(Stream).index(stream), tf.int64)
    return tf.random.experimental.stateless_fold_in(tf.cast(seed, tf.int64), place, alg="philox")


def uniform(seed: Any, stream: Stream, count: Any, columns: int) -> Any:
    """Draw (count, columns) float32, uniform within [-1, 1)."""
    return tf.random.stateless_uniform((count, columns), stream_seed(seed, stream), -1.0, 1.0, alg="philox")


def chance(seed: Any, stream: Stream, count: Any, columns: int) -> Any:
    """Draw (count, columns) float32, uniform within [0, 1)."""
    return tf.random.stateless_uniform((count, columns), stream_seed(seed, stream), alg="philox")
