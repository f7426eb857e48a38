"""Live labels from a `.tflite` file, with numpy, OpenCV and the LiteRT runtime only."""

from __future__ import annotations

import os
import signal
import sys
from types import ModuleType
from typing import Any

# OpenCV and its FFmpeg read these when first used; every fault that they print is told by our own sentences.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# A webcam that sends nothing is given up after 4 s instead of 10.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "4")

__all__ = ["Classifier", "Prediction"]


def _starts_program() -> bool:
    """Whether this process is one of our programs: `fieldlens`, or `python -m train`; not somebody's own."""
    words = sys.orig_argv
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1].partition(".")[0] in ("edge_app", "train", "convert", "benchmarks")
    return os.path.basename(sys.argv[0] if sys.argv else "").startswith("fieldlens")  # noqa: PTH119 - pathlib is slow


if _starts_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While a program is still being imported, Ctrl-C ends it and no traceback tells where; `run_program` takes over.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def __getattr__(name: str) -> Any:
    """Import the classifier only when asked for: `--help` needs neither OpenCV nor numpy."""
    if name in __all__:
        return getattr(_classifier_module(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _classifier_module() -> ModuleType:
    try:
        from edge_app.model import classifier
    except ImportError as error:
        from edge_app.common.errors import MissingDependencyError
        from edge_app.common.opencv_wheel import why_cv2_fails

        sentence = why_cv2_fails(error)
        if sentence is None:
            raise
        raise MissingDependencyError(sentence) from None
    return classifier
