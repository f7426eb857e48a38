"""Running a network over photographs without training it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from edge_app.common.progress import Progress
from train.data.batches import normalize
from train.data.photograph_set import PICTURES_AT_ONCE, Photographs, picture_blocks

Floats = npt.NDArray[np.float32]


def inference(network: Any) -> Callable[[Any], Any]:
    """Return the network in inference mode, compiled once for all batches."""
    return cast(Callable[[Any], Any], tf.function(lambda batch: network(batch, training=False)))


def run_over(network: Callable[[Any], Any], inputs: Photographs | npt.NDArray[Any], what: str = "") -> Floats:
    """Run a network over all inputs, in order.

    Args:
        network: a `tf_keras.Model`, or what `inference` returned.
        inputs: photographs, or (photographs, width) float32 features.
        what: to call it in the progress; empty: none is shown.

    Returns:
        (photographs, width) float32.
    """
    forward = inference(network) if isinstance(network, keras.Model) else network
    parts = []
    with Progress(what, len(inputs)) if what else nullcontext() as progress:
        for batch in picture_blocks(inputs):
            whole = _padded(batch)
            said = forward(normalize(whole) if batch.dtype == np.uint8 else tf.constant(whole))
            parts.append(np.asarray(tf.cast(said, tf.float32))[: len(batch)])
            if progress is not None:
                progress.step(steps=len(batch))
    return np.concatenate(parts)


def _padded(batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Fill the last batch up: another size would be compiled anew."""
    missing = PICTURES_AT_ONCE - len(batch)
    return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)]) if missing else batch
