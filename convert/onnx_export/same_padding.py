"""TensorFlow's `SAME` padding in numbers, for formats that want it explicit."""

from __future__ import annotations

from collections.abc import Sequence


def same_pads(
    size: Sequence[int], window: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> list[int]:
    """Return how much to pad so that the result has ⌈size / stride⌉ places: `[top, left, bottom, right]`.

    What cannot be halved goes to the end. Source: TensorFlow, `tf.nn`, notes on padding.

    Args:
        size: height and width of the picture.
        window: height and width of the kernel.
        strides: down and to the right.
        dilations: down and to the right.
    """
    totals = [
        max((-(-length // stride) - 1) * stride + (kernel - 1) * dilation + 1 - length, 0)
        for length, kernel, stride, dilation in zip(size, window, strides, dilations, strict=True)
    ]
    before = [total // 2 for total in totals]
    return before + [total - first for total, first in zip(totals, before, strict=True)]
