"""Promises of folding and fusing: fewer operators, the same numbers, and hands off where it would be wrong."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from convert.web.tfjs.export import TfjsModel, convert_to_tfjs
from tests.convert.web.tfjs.made_networks import saved_function
from tests.convert.web.tfjs.read_back import as_function, topology

SIZE = 9
RANDOM = np.random.default_rng(5)
Body = Callable[[Any], Any]


def numbers(*shape: int) -> Any:
    return tf.constant(RANDOM.normal(size=shape), tf.float32)


KERNEL, DEEP, MATRIX = numbers(3, 3, 3, 4), numbers(3, 3, 3, 2), numbers(5, 3)
FOUR, SIX, PLACES = numbers(4), numbers(6), numbers(1, SIZE, SIZE, 1)


def conv(images: Any, padding: Any = "SAME", strides: int = 1) -> Any:
    return tf.nn.conv2d(images, KERNEL, strides, padding)


def deep(images: Any) -> Any:
    return tf.nn.depthwise_conv2d(images, DEEP, [1, 1, 1, 1], "SAME")


def norm(x: Any) -> Any:
    count = x.shape[-1]
    scale, offset, mean = (tf.constant(np.linspace(*ends, count), tf.float32) for ends in ((0.5, 2), (-1, 1), (1, -2)))
    variance = tf.constant(np.linspace(0.2, 3, count), tf.float32)
    return tf.compat.v1.nn.fused_batch_norm(x, scale, offset, mean, variance, 1e-3, is_training=False)[0]


def twice(images: Any) -> Any:
    both = conv(images)
    return tf.nn.relu(norm(both)) + both


PICTURES = {
    "bias, batch norm, relu": (lambda x: tf.nn.relu(norm(tf.nn.bias_add(conv(x), FOUR))), ["_FusedConv2D"]),
    "batch norm without activation": (lambda x: norm(conv(x)), ["_FusedConv2D"]),
    "activation without bias": (lambda x: tf.nn.elu(conv(x)), ["_FusedConv2D"]),
    "relu6": (lambda x: tf.nn.relu6(conv(x) + FOUR), ["_FusedConv2D"]),
    "sigmoid": (lambda x: tf.nn.sigmoid(FOUR + conv(x)), ["_FusedConv2D"]),
    "depthwise with two channels each": (lambda x: tf.nn.relu6(norm(deep(x))), ["FusedDepthwiseConv2dNative"]),
    "depthwise, scaled by vectors": (lambda x: (deep(x) * SIX - 1.5) / 3.0 + SIX, ["FusedDepthwiseConv2dNative"]),
    "constant minus convolution": (lambda x: tf.nn.relu(FOUR - conv(x)), ["_FusedConv2D"]),
    "padding of its own": (
        lambda x: tf.nn.relu(norm(conv(tf.pad(x, [[0, 0], [0, 1], [1, 2], [0, 0]]), "VALID", 2))),
        ["_FusedConv2D"],
    ),
    "padding before padding": (lambda x: conv(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])), ["Conv2D", "Pad"]),
    "padding with ones": (
        lambda x: conv(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=1.0), "VALID"),
        ["Conv2D", "PadV2"],
    ),
    "a result that is used twice": (twice, ["AddV2", "Conv2D", "FusedBatchNormV3", "Relu"]),
    "batch norm behind the activation": (lambda x: norm(tf.nn.relu(conv(x))), ["FusedBatchNormV3", "_FusedConv2D"]),
    "a factor for every place": (lambda x: conv(x) * PLACES, ["Conv2D", "Mul"]),
    "a number divided": (lambda x: 2.0 / conv(x), ["Conv2D", "RealDiv"]),
    "swish": (lambda x: tf.nn.sigmoid(norm(conv(x))) * norm(conv(x)), ["Mul", "Sigmoid", "_FusedConv2D"]),
}


@pytest.mark.parametrize("case", PICTURES)
def test_a_chain_of_operators_says_the_same_when_folded(case: str, tmp_path: Path) -> None:
    body, expected_operators = PICTURES[case]
    images = RANDOM.normal(size=(2, SIZE, SIZE, 3)).astype(np.float32)
    model = exported_equal(body, images, tmp_path)
    if case != "swish":  # which may be one convolution or two
        assert model.operators == Counter(expected_operators)


MATRICES = {
    "bias and relu": lambda x: tf.nn.relu(x @ tf.transpose(MATRIX) + np.float32(0.5)),
    "batch norm of vectors": lambda x: tf.nn.elu((x @ tf.transpose(MATRIX) - 0.3) * np.arange(1, 6, dtype=np.float32)),
    "transposed kernel": lambda x: tf.nn.relu6(
        tf.matmul(x, MATRIX, transpose_b=True) * np.float32([1, 2, 3, 4, 5]) + 1
    ),
}


@pytest.mark.parametrize("case", MATRICES)
def test_a_matrix_product_takes_scale_bias_and_activation(case: str, tmp_path: Path) -> None:
    model = exported_equal(MATRICES[case], RANDOM.normal(size=(4, 3)).astype(np.float32), tmp_path)
    assert model.operators == {"_FusedMatMul": 1}


def test_padding_becomes_part_of_the_convolution(tmp_path: Path) -> None:
    body, _ = PICTURES["padding of its own"]
    model = convert_to_tfjs(saved_function(body, (None, SIZE, SIZE, 3), tmp_path))
    (node,) = [node for node in topology(model.files)["modelTopology"]["node"] if node["op"] == "_FusedConv2D"]
    assert node["attr"]["explicit_paddings"] == {"list": {"i": ["0", "0", "0", "1", "1", "2", "0", "0"]}}
    assert base64.b64decode(node["attr"]["padding"]["s"]) == b"EXPLICIT"
    assert [base64.b64decode(word) for word in node["attr"]["fused_ops"]["list"]["s"]] == [b"BiasAdd", b"Relu"]


def test_padding_of_channels_stays_an_operator(tmp_path: Path) -> None:
    # its numbers are not compared: TensorFlow 2.21 itself fuses this padding on a CPU, and then refuses the shapes
    body = lambda x: conv(tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, 1]]), "VALID")  # noqa: E731 - as the others
    assert convert_to_tfjs(saved_function(body, (None, SIZE, SIZE, 2), tmp_path)).operators == {"Pad": 1, "Conv2D": 1}


def exported_equal(body: Body, images: np.ndarray, folder: Path) -> TfjsModel:
    """Export a function and require what comes back to say the same."""
    loaded = saved_function(body, (None, *images.shape[1:]), folder)
    model = convert_to_tfjs(loaded)
    expected = loaded.signatures["serving_default"](images=tf.constant(images))["probabilities"].numpy()
    np.testing.assert_allclose(as_function(model.files)(images), expected, rtol=2e-5, atol=2e-5)
    return model
