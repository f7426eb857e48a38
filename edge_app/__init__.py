"""Live labels from a `.tflite` file, with numpy, OpenCV and the LiteRT runtime only."""

from __future__ import annotations

from typing import Any

__all__ = ["Classifier", "Prediction"]


def __getattr__(name: str) -> Any:
    """Import the classifier only when asked for: `--help` needs neither OpenCV nor numpy."""
    if name in __all__:
        from edge_app import classifier

        return getattr(classifier, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
