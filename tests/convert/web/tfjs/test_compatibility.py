"""Promises of simplifying: 16-bit runs, computed shapes, copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from convert.web.tfjs.export import convert_to_tfjs
from tests.convert.web.tfjs.made_networks import saved_function
from tests.convert.web.tfjs.read_back import as_function, topology, weights

KERNEL = np.random.default_rng(1).normal(size=(3, 3, 3, 4)).astype(np.float32)
IMAGES = np.random.default_rng(2).normal(size=(2, 8, 8, 3)).astype(np.float32)


@pytest.mark.parametrize("narrow", [tf.float16, tf.bfloat16])
def test_a_mixed_precision_run_becomes_all_float32(narrow: Any, tmp_path: Path) -> None:
    def body(images: Any) -> Any:
        maps = tf.nn.conv2d(tf.cast(images, narrow), tf.cast(KERNEL, narrow), 1, "SAME")
        return tf.nn.softmax(tf.cast(tf.reduce_mean(maps, axis=(1, 2)), tf.float32))

    loaded = saved_function(body, (None, 8, 8, 3), tmp_path)
    model = convert_to_tfjs(loaded)
    assert model.operators == {"Conv2D": 1, "Mean": 1, "Softmax": 1}
    assert {value.dtype.name for value in weights(model.files).values()} == {"float32", "int32"}
    expected = loaded.signatures["core"](images=tf.constant(IMAGES))["probabilities"]
    np.testing.assert_allclose(as_function(model.files)(IMAGES), expected, atol=2e-2)  # of 8 bits of bfloat16


def test_a_shape_that_depends_on_the_batch_alone_is_written_down(tmp_path: Path) -> None:
    def body(images: Any) -> Any:
        cut = tf.reshape(images, (tf.shape(images)[0], 2, 4, 4, 6))
        return tf.reshape(tf.transpose(cut, (0, 2, 1, 3, 4)), (tf.shape(images)[0], 8, 24))

    loaded = saved_function(body, (None, 8, 8, 3), tmp_path)
    model = convert_to_tfjs(loaded)
    assert model.operators == {"Reshape": 2, "Transpose": 1}
    expected = loaded.signatures["core"](images=tf.constant(IMAGES))["probabilities"]
    np.testing.assert_array_equal(as_function(model.files)(IMAGES), expected)


def test_int64_constants_become_int32_with_their_ends_clipped(tmp_path: Path) -> None:
    begin, end, strides = (np.array(pair, np.int64) for pair in ((0, 1), (2**40, 2**40), (1, 1)))
    loaded = saved_function(lambda images: tf.strided_slice(images, begin, end, strides), (None, 5), tmp_path)
    values = weights(convert_to_tfjs(loaded).files).values()
    assert {value.dtype.name for value in values} == {"int32"}
    assert max(value.max() for value in values) == 2**31 - 1


def test_a_model_that_returns_its_input_still_has_an_output(tmp_path: Path) -> None:
    model = convert_to_tfjs(saved_function(tf.identity, (None, 3), tmp_path))
    assert [(node["name"], node["op"]) for node in topology(model.files)["modelTopology"]["node"]] == [
        ("images", "Placeholder"),
        ("probabilities", "Identity"),
    ]
