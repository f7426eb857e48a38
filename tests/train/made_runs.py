"""A run folder without training: its model answers what the colour says, so expected values can be written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

SIZE = 8


def make_run(folder: Path, labels: Sequence[str] = ("cat", "dog")) -> Path:
    """The last label's probability is the mean red value / 255; the first has the rest, the others nothing."""

    class Reddish(tf.Module):  # type: ignore[misc]  # TensorFlow has no types
        @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]
        def serving_default(self, images: object) -> object:
            red = tf.reduce_mean(images[..., 0], axis=(1, 2))[:, tf.newaxis] / 255.0  # type: ignore[index]
            nothing = tf.zeros((tf.shape(red)[0], len(labels) - 2))
            return {"probabilities": tf.concat([1.0 - red, nothing, red], axis=1)}

    module = Reddish()
    tf.saved_model.save(module, str(folder / "saved_model"), {"serving_default": module.serving_default})
    settings = {
        "schema_version": 1,
        "labels": list(labels),
        "input_size": SIZE,
        "resize": "squash",
        "interpolation": "bilinear",
    }
    (folder / "run.json").write_text(json.dumps(settings))
    return folder
