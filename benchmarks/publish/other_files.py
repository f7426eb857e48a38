"""From what `benchmarks experiment onnx` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value


def same_label(recipe: str) -> Callable[[Mapping[str, Any]], Sequence[Value]]:
    """Return the share of photographs on which a file says the same as ONNX.

    Args:
        recipe: its name ends with.
    """

    def values(payload: Mapping[str, Any]) -> Sequence[Value]:
        return [
            Value(
                one["same_label"] / one["photographs"],
                note=f"{one['photographs']:,} photographs; Δp {one['mean_difference']:.5f} on average, at most "
                f"{one['largest_difference']:.5f}; ONNX Runtime {payload['onnxruntime']}",
            )
            for one in payload["files"]
            if one["file"].endswith(f"-{recipe}.tflite")
        ]

    return values
