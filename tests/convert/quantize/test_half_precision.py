"""Promises of half precision: large kernels take half the bytes, small ones stay exact, and scores stay close."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from convert.proof.weights import read_kernels
from convert.quantize.half_precision import SMALLEST, with_half_precision_kernels
from edge_app.model.runtime import load_interpreter


def dense(path: Path, kernels: list[np.ndarray], half: bool) -> np.ndarray:
    """Write a chain of dense layers and return what it answers to the numbers 0, 1, 2, …"""

    @tf.function(input_signature=[tf.TensorSpec((1, kernels[0].shape[0]))])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def network(x: tf.Tensor) -> tf.Tensor:
        for kernel in kernels:
            x = tf.nn.relu(tf.matmul(x, kernel) + 0.1)
        return x

    model = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()], tf.Module()).convert()
    path.write_bytes(with_half_precision_kernels(model) if half else model)
    interpreter = load_interpreter(path, 1)
    interpreter.set_tensor(
        interpreter.get_input_details()[0]["index"], np.arange(kernels[0].shape[0], dtype=np.float32)[np.newaxis] / 64
    )
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def kernel(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(rows).normal(0, rows**-0.5, (rows, columns)).astype(np.float32)


def test_large_kernels_are_halved_and_small_ones_stay(tmp_path: Path) -> None:
    kernels = [kernel(64, 512), kernel(512, 15)]
    assert kernels[1].size < SMALLEST <= kernels[0].size
    before, after = dense(tmp_path / "whole", kernels, False), dense(tmp_path / "half", kernels, True)
    assert [one.dtype for one in read_kernels((tmp_path / "half").read_bytes())] == ["float16", "float32"]
    saved = (tmp_path / "whole").stat().st_size - (tmp_path / "half").stat().st_size
    assert abs(saved - 2 * kernels[0].size) < 2000
    assert 0 < np.abs(after - before).max() < 1e-3


def test_values_too_large_for_half_precision_stay(tmp_path: Path) -> None:
    huge = kernel(64, 512)
    huge[0, 0] = 1e5
    assert np.array_equal(dense(tmp_path / "whole", [huge], False), dense(tmp_path / "half", [huge], True))
    assert [one.dtype for one in read_kernels((tmp_path / "half").read_bytes())] == ["float32"]
