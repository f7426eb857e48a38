"""Live labels from a `.tflite` file, with numpy, OpenCV and the LiteRT runtime only."""

from __future__ import annotations

import os
import signal
import sys

from edge_app.common.lazy_names import lazy_names

# OpenCV and its FFmpeg read these when first used; every fault that they print is told by our own sentences.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# A webcam that sends nothing is given up after 4 s instead of 10.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "4")

__all__ = [
    "Classifier",
    "FieldLensError",
    "MeasuredAccuracy",
    "Prediction",
    "drawn_pet",
    "explain",
    "find_photographs",
    "read_frames",
    "read_photograph",
    "resize_rgb",
    "write_drawings",
]


def _starts_program() -> bool:
    """Whether this process is one of our programs: `fieldlens`, or `python -m train`; not somebody's own."""
    words = sys.orig_argv
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1].partition(".")[0] in ("edge_app", "train", "convert", "benchmarks")
    return os.path.basename(sys.argv[0] if sys.argv else "").startswith("fieldlens")  # noqa: PTH119 - pathlib is slow


if _starts_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While a program is still being imported, Ctrl-C ends it and no traceback tells where; `run_program` takes over.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

__getattr__ = lazy_names(
    __name__,
    {
        "Classifier": "edge_app.model.classifier",
        "FieldLensError": "edge_app.common.errors",
        "MeasuredAccuracy": "edge_app.metrics.accuracy",
        "Prediction": "edge_app.model.classifier",
        "drawn_pet": "edge_app.demo.drawn_pets",
        "explain": "edge_app.model.occlusion",
        "find_photographs": "edge_app.photographs.folders",
        "read_frames": "edge_app.sources.opening",
        "read_photograph": "edge_app.photographs.decoder",
        "resize_rgb": "edge_app.model.preparation",
        "write_drawings": "edge_app.demo.drawn_pets",
    },
)
