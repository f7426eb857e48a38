"""Promises about quantization-aware runs: the rounding of their activations is computed, not left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from convert.web.tfjs.compatibility import nudged
from convert.web.tfjs.export import convert_to_tfjs
from tests.convert.web.tfjs.made_networks import saved_function
from tests.convert.web.tfjs.read_back import as_function

VALUES = np.linspace(-7.013, 7.021, 60_000, dtype=np.float32).reshape(-1, 6)


@settings(deadline=None)  # TensorFlow's first call takes its time
@given(
    low=st.floats(-20, -0.0625),
    high=st.floats(0.0625, 20),
    bits=st.integers(4, 8),
    narrow=st.booleans(),
)
def test_a_range_is_nudged_as_tensorflow_does(low: float, high: float, bits: int, narrow: bool) -> None:
    first, last, scale = nudged(low, high, bits, narrow)
    ends = tf.quantization.fake_quant_with_min_max_args(tf.constant([-1e3, 0.0, 1e3]), low, high, bits, narrow)
    np.testing.assert_allclose(ends, [first, 0.0, last], atol=scale * 1e-3)


def test_rounding_is_expanded_and_says_the_same(tmp_path: Path) -> None:
    def body(images: Any) -> Any:
        levels = tf.quantization.fake_quant_with_min_max_args(images, -6.0, 6.0)
        rounded = tf.quantization.fake_quant_with_min_max_vars(levels, -1.03, 2.5)
        kernel = tf.quantization.fake_quant_with_min_max_vars_per_channel(
            tf.constant(np.random.default_rng(0).normal(size=(6, 3)), tf.float32), [-1.0] * 3, [1.0] * 3
        )
        return tf.quantization.fake_quant_with_min_max_vars(tf.nn.relu6(rounded @ kernel), 0.0, 5.5)

    loaded = saved_function(body, (None, 6), tmp_path)
    model = convert_to_tfjs(loaded)
    assert model.operators == {
        "ClipByValue": 3, "Sub": 2, "RealDiv": 3, "Round": 3, "Mul": 3, "AddV2": 2, "_FusedMatMul": 1,
    }  # fmt: skip
    expected = loaded.signatures["core"](images=tf.constant(VALUES))["probabilities"].numpy()
    step = 5.5 / 255
    difference = np.abs(as_function(model.files)(VALUES) - expected)
    assert difference.max() <= step * 1.01  # a value in the middle of two levels may go either way
    assert (difference > step / 2).mean() < 1e-3
