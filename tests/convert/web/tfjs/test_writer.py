"""Promises of stored weights: within their bounds of the originals, and zero stays zero."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from convert.web.tfjs.writer import encode, quantize

TENSORS = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=1, max_dims=4, max_side=5),
    elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
)


@given(TENSORS)
def test_bytes_come_back_within_a_scale_and_mostly_within_half_of_it(values: np.ndarray) -> None:
    quantized = quantize(values)
    error = np.abs(quantized.values().astype(np.float64) - values)
    rounding = np.abs(values).max() * 1e-6  # of float32
    inside = (values >= quantized.minimum) & (values <= quantized.minimum + 255 * quantized.scale)
    assert quantized.levels.dtype == np.uint8
    assert quantized.scale > 0
    assert (error <= quantized.scale + rounding).all()
    assert (error[inside] <= quantized.scale / 2 + rounding).all()


@given(TENSORS)
def test_zero_stays_exactly_zero_where_it_is_within_the_range(values: np.ndarray) -> None:
    values.flat[0] = 0.0
    assert quantize(values).values()[values == 0].tolist() == [0.0] * int((values == 0).sum())


def test_a_constant_tensor_keeps_its_value() -> None:
    assert quantize(np.full((2, 3), -0.7, np.float32)).values().tolist() == np.full((2, 3), -0.7, np.float32).tolist()
    assert quantize(np.zeros((0, 3), np.float32)).values().shape == (0, 3)


@given(TENSORS)
def test_float16_is_within_its_precision_or_not_used(values: np.ndarray) -> None:
    entry, content = encode("w", values, "float16")
    if np.abs(values).max() > 65504:
        assert "quantization" not in entry
        assert content == values.tobytes()
    else:
        assert entry["quantization"]["dtype"] == "float16"
        said = np.frombuffer(content, "<f2").reshape(values.shape).astype(np.float32)
        np.testing.assert_allclose(said, values, rtol=2**-11, atol=2**-25)


def test_only_what_bears_one_scale_is_stored_as_bytes() -> None:
    vector, _ = encode("b", np.linspace(-1, 1, 7, dtype=np.float32), "uint8")
    axes, content = encode("axes", np.array([1, 2], np.int32), "uint8")
    kernel, _ = encode("k", np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4), "uint8")
    deep, _ = encode("d", np.ones((3, 3, 8, 1), np.float32), "uint8")
    first, _ = encode("f", np.ones((3, 3, 3, 8), np.float32), "uint8")
    assert deep["quantization"]["dtype"] == first["quantization"]["dtype"] == "float16"
    assert vector["quantization"]["dtype"] == "float16"
    assert axes == {"name": "axes", "shape": [2], "dtype": "int32"}
    assert content == b"\1\0\0\0\2\0\0\0"
    assert kernel["quantization"]["dtype"] == "uint8"
