"""Promises of the weights report: it counts what is in the file, under the right layer, and says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from convert.proof.weights import name_kernels, read_kernels, refuse_broken_constraints
from convert.run_folder import Compression, KernelConstraint, read_compression
from edge_app.common.errors import ConversionError


def two_convolutions(change: Callable[[Any], None] = lambda converter: None) -> bytes:
    """A convolution of 8 channels to 2 with the values 0, 1, 2, 3 in turn, twice; then a depthwise one of 9 values."""
    values = np.zeros((1, 1, 8, 2), np.float32)
    values[0, 0, :, 0] = [0, 1, 0, 2, 0, 0, 3, 3]  # two of each four are zero
    values[0, 0, :, 1] = [0, 1, 2, 3, 0, 0, 0, 0]  # not so in the first four
    depthwise = np.arange(18, dtype=np.float32).reshape(3, 3, 2, 1) % 9

    @tf.function(input_signature=[tf.TensorSpec((1, 4, 4, 8))])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def network(x: Any) -> Any:
        x = tf.nn.relu(tf.nn.conv2d(x, values, 1, "SAME"))
        return tf.nn.depthwise_conv2d(x, depthwise, (1, 1, 1, 1), "SAME")

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()], tf.Module())
    change(converter)
    return bytes(converter.convert())


def half_precision(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def eight_bits(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    rng = np.random.default_rng(0)
    converter.representative_dataset = lambda: ([rng.uniform(-1, 1, (1, 4, 4, 8)).astype(np.float32)] for _ in range(4))


@pytest.mark.parametrize(
    ("change", "dtype"), [(lambda _: None, "float32"), (half_precision, "float16"), (eight_bits, "int8")]
)
def test_zeros_and_distinct_values_are_those_of_the_file(change: Callable[[Any], None], dtype: str) -> None:
    first, second = read_kernels(two_convolutions(change))
    assert (first.kind, first.shape, first.dtype) == ("conv", (2, 1, 1, 8), dtype)
    assert (second.kind, second.shape, second.dtype) == ("depthwise", (1, 3, 3, 2), dtype)
    assert first.sparsity == 9 / 16
    assert first.two_of_four is False
    assert (first.distinct, first.distinct_per_scale) == (4, 4)
    assert first.scales == (2 if dtype == "int8" else 0)
    assert second.sparsity == 2 / 18
    assert second.distinct_per_scale == 9


COMPRESSION = read_compression(
    {
        "method": "pc",
        "of": "pets",
        "suffix": "pruned-clustered",
        "quantized": False,
        "layers": [
            {
                "layer": "wide", "kind": "conv", "shape": [1, 1, 8, 2],
                "promise": {"sparsity": 0.5, "two_of_four": False, "clusters": 4},
            },
            {
                "layer": "deep", "kind": "depthwise", "shape": [3, 3, 2, 1],
                "promise": {"sparsity": 0.0, "two_of_four": False, "clusters": 0},
            },
        ],
    }
)  # fmt: skip


def test_shapes_are_read_in_the_order_of_the_file() -> None:
    assert isinstance(COMPRESSION, Compression)
    assert [kernel.shape for kernel in COMPRESSION.kernels] == [(2, 1, 1, 8), (1, 3, 3, 2)]


def test_kernels_get_the_names_of_their_layers_and_kept_constraints_pass() -> None:
    found = name_kernels(read_kernels(two_convolutions()), COMPRESSION.kernels)
    assert [kernel.layer for kernel in found] == ["wide", "deep"]
    refuse_broken_constraints(found, COMPRESSION.kernels, "pets.tflite")


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ((0.75, False, 0), "layer `wide` of `pets.tflite` has 56.2% zeros where at least 75.0% are expected"),
        ((0.5, True, 0), "has fewer than two zeros in some group of four weights"),
        ((0.0, False, 3), "has 4 distinct values where at most 3 are expected"),
    ],
)
def test_a_broken_constraint_is_one_sentence(limits: tuple[float, bool, int], sentence: str) -> None:
    constraints = (KernelConstraint("wide", "conv", (2, 1, 1, 8), *limits),)
    found = name_kernels(read_kernels(two_convolutions()), constraints)
    with pytest.raises(ConversionError, match=sentence):
        refuse_broken_constraints(found, constraints, "pets.tflite")


def test_a_constrained_kernel_that_is_not_there_is_said() -> None:
    constraints = (KernelConstraint("gone", "dense", (2, 8), 0.5, False, 0),)
    found = name_kernels(read_kernels(two_convolutions()), constraints)
    with pytest.raises(ConversionError, match=r"layer `gone` of `pets.tflite` was not found \(a dense kernel of shape"):
        refuse_broken_constraints(found, constraints, "pets.tflite")
