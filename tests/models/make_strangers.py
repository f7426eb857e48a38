"""Make the strangers anew: `python -m tests.models.make_strangers`. One file for every way to put a picture in and get
scores out that people's converters leave behind: 32×32 pixels → mean colour → one score for red, green and blue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import flatbuffers
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from tests.models import FOLDER, SIDE

CERTAINTY = 8.0
_CUSTOM = 32  # BuiltinOperator
STRANGERS = FOLDER / "strangers"


def mean_colour(pictures: Any) -> Any:
    """Return (n, 3) means of (n, height, width, 3)."""
    return tf.reduce_mean(pictures, axis=[1, 2])


def logits(pictures: Any) -> Any:
    """Return (n, 3): the mean colour, through a kernel as a dense layer has it."""
    return tf.matmul(mean_colour(pictures), tf.constant(CERTAINTY * np.eye(3), tf.float32))


def probabilities(pictures: Any) -> Any:
    """Return (n, 3), adding up to 1."""
    return tf.nn.softmax(logits(pictures))


def how_blue(pictures: Any) -> Any:
    """Return (n, 1): the logit of blue against red."""
    return tf.matmul(mean_colour(pictures), tf.constant([[-CERTAINTY], [0.0], [CERTAINTY]]))


def green_or_blue_or_dark(pictures: Any) -> Any:
    """Return (n, 3): the division by 255 becomes one with the kernels that follow; red is what has neither."""
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[1, 1, 1, 1] = kernel[1, 1, 2, 2] = 1.0
    maps = tf.nn.conv2d(pictures * (1 / 255), tf.constant(kernel), 1, "SAME") + tf.constant([0.5, 0.0, 0.0])
    return probabilities(tf.nn.relu(maps))


def converted(
    function: Callable[[Any], Any],
    shape: tuple[int | None, ...],
    quantized: Any = None,
    halved: bool = False,
    span: tuple[float, float] = (0.0, 1.0),
) -> bytes:
    """Return a `.tflite` of a function of pictures.

    Args:
        function: takes (1, *shape) float32.
        shape: without the batch.
        quantized: type of input and output; None: float.
        halved: store weights as float16.
        span: smallest and largest value of a pixel, for a quantized input.
    """
    concrete = tf.function(function, input_signature=[tf.TensorSpec((1, *shape), tf.float32)]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    if quantized is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _pixels(shape, *span)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = quantized
    if halved:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    content: bytes = converter.convert()
    return content


def _pixels(shape: tuple[int | None, ...], low: float, high: float) -> Iterator[list[np.ndarray]]:
    for seed in range(20):
        values = np.random.default_rng(seed).random((1, *shape)) if seed else np.ones((1, *shape))
        values.flat[0] *= seed != 1  # the smallest too
        yield [(low + values * (high - low)).astype(np.float32)]


def with_custom_operator(model: bytes, name: str) -> bytes:
    """Rewrite a model so that its first kind of operator is a custom one."""
    unpacked = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model))
    unpacked.operatorCodes[0].builtinCode = unpacked.operatorCodes[0].deprecatedBuiltinCode = _CUSTOM
    unpacked.operatorCodes[0].customCode = name
    builder = flatbuffers.Builder(1024)
    builder.Finish(unpacked.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def strangers() -> dict[str, bytes]:
    """Return the files by name."""
    colour = (SIDE, SIDE, 3)
    return {
        "symmetric": converted(probabilities, colour),
        "bytes": converted(lambda pictures: probabilities(pictures * (1 / 127.5) - 1.0), colour),
        "bytes-float16": converted(lambda pictures: probabilities(pictures * (1 / 127.5) - 1.0), colour, halved=True),
        "bytes-offset": converted(lambda pictures: probabilities((pictures - 127.5) / 127.5), colour),
        "bytes-folded": converted(green_or_blue_or_dark, colour),
        "bytes-folded-float16": converted(green_or_blue_or_dark, colour, halved=True),
        "logits": converted(logits, colour),
        "int8-unit": converted(probabilities, colour, tf.int8),
        "uint8-caffe": converted(
            lambda pictures: probabilities(pictures / 128.0), colour, tf.uint8, span=(-123.68, 151.061)
        ),
        "uint8-unit": converted(probabilities, colour, tf.uint8),
        "one-score": converted(lambda pictures: tf.sigmoid(how_blue(pictures)), colour),
        "one-logit": converted(how_blue, colour),
        "grey": converted(
            lambda pictures: tf.nn.softmax(tf.matmul(tf.reduce_mean(pictures, axis=[1, 2]), [[-8.0, 8.0]])),
            (SIDE, SIDE, 1),
        ),
        "channels-first": converted(
            lambda pictures: probabilities(tf.transpose(pictures, (0, 2, 3, 1))), (3, SIDE, SIDE)
        ),
        "any-size": converted(probabilities, (None, None, 3)),
        "two-outputs": converted(
            lambda pictures: (tf.tile(mean_colour(pictures), (1, 2)), probabilities(pictures)), colour
        ),
        "odd-scores": converted(lambda pictures: tf.maximum(logits(pictures), -100.0), colour),
    }


def main() -> None:
    """Write the files."""
    STRANGERS.mkdir(exist_ok=True)
    files = strangers()
    files["bytes_edgetpu"] = with_custom_operator(files["bytes"], "edgetpu-custom-op")
    for name, content in files.items():
        Path(STRANGERS / f"{name}.tflite").write_bytes(content)


if __name__ == "__main__":
    main()
