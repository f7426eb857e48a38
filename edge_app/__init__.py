"""Live labels from a `.tflite` file, with numpy, OpenCV and the LiteRT runtime only."""

from __future__ import annotations

import os
from typing import Any

# OpenCV and its FFmpeg read these when first used; every fault that they print is told by our own sentences.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# A webcam that sends nothing is given up after 4 s instead of 10.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "4")

__all__ = ["Classifier", "Prediction"]


def __getattr__(name: str) -> Any:
    """Import the classifier only when asked for: `--help` needs neither OpenCV nor numpy."""
    if name in __all__:
        from edge_app.model import classifier

        return getattr(classifier, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
