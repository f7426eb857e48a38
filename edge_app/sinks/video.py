"""The annotated video."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import cv2

from edge_app.atomic import atomic_file, refuse_existing
from edge_app.classifier import Prediction
from edge_app.errors import OutputError
from edge_app.photograph import Image

_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}


class VideoSink:
    """Writes frames with their overlay; frames of another size than the first are scaled to it.

    Args:
        path: ends with .mp4, .avi or .mkv.
        fps: at which it shall play.
        overwrite: whether an existing file may be replaced.

    Raises:
        OutputError: the file exists, has another ending, or cannot be written.
    """

    drawn = True

    def __init__(self, path: Path, fps: float, overwrite: bool = False) -> None:
        if path.suffix.lower() not in _CODECS:
            raise OutputError(f"`{path}` is no video name we can write; end it with {', '.join(_CODECS)}")
        refuse_existing(path, overwrite)
        self._path, self._fps = path, fps
        self._stack = ExitStack()
        self._temporary: Path | None = None
        self._writer: Any = None
        self._size = (0, 0)

    def __enter__(self) -> Self:
        self._temporary = self._stack.enter_context(atomic_file(self._path))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._writer is not None:
            self._writer.release()
        # Ctrl-C is the usual end of a live run: what was filmed until then is the result.
        if kind is KeyboardInterrupt:
            kind = error = None
        if kind is None:
            error = self._fault()
            kind = None if error is None else OutputError
        self._stack.__exit__(kind, error, None)
        if isinstance(error, OutputError):
            raise error

    def _fault(self) -> OutputError | None:
        """Look at the finished file: OpenCV says nothing when a disk is full."""
        if self._writer is None:
            return OutputError(f"no frame came, so `{self._path}` was not written")
        capture = cv2.VideoCapture(str(self._temporary))
        whole = capture.isOpened() and capture.read()[0]
        capture.release()
        return None if whole else OutputError(f"`{self._path}` could not be written whole; is the disk full?")

    def take(self, prediction: Prediction, drawn_bgr: Image | None) -> bool:
        """Append one frame."""
        if drawn_bgr is None:
            raise ValueError("a video needs the drawn frame")
        if self._writer is None:
            self._open(drawn_bgr)
        if (drawn_bgr.shape[1], drawn_bgr.shape[0]) != self._size:
            drawn_bgr = cv2.resize(drawn_bgr, self._size, interpolation=cv2.INTER_AREA)
        self._writer.write(drawn_bgr)
        return True

    def _open(self, image: Image) -> None:
        self._size = (image.shape[1], image.shape[0])
        codec = cv2.VideoWriter.fourcc(*_CODECS[self._path.suffix.lower()])
        self._writer = cv2.VideoWriter(str(self._temporary), codec, self._fps, self._size)
        if not self._writer.isOpened():
            raise OutputError(f"this OpenCV cannot write `{self._path}`; try a name that ends with .avi")
