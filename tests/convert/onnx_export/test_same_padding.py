"""Promise of explicit padding: TensorFlow's `SAME` in numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convert.onnx_export.same_padding import same_pads


@given(st.integers(1, 60), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_padding_gives_as_many_places_as_strides_fit(size: int, kernel: int, stride: int, dilation: int) -> None:
    top, left, bottom, right = same_pads((size, 9), (kernel, 3), (stride, 1), (dilation, 1))
    reach = (kernel - 1) * dilation + 1
    padded = size + top + bottom
    assert (max(padded, reach) - reach) // stride + 1 == -(-size // stride)
    assert 0 <= bottom - top <= 1
    assert (left, right) == (1, 1)
