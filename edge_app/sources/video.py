"""A video file as frames, every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from edge_app.errors import SourceError
from edge_app.sources import Frame, now_s

_UNKNOWN_FPS = 25.0
_LOOKED_AT_BYTES = 4096


class VideoSource:
    """Decodes a video with OpenCV.

    Args:
        path: of the file.

    Raises:
        SourceError: it is no video that this OpenCV can decode.
    """

    live = False

    def __init__(self, path: Path) -> None:
        self.skipped: list[str] = []
        self._path = path
        with path.open("rb") as file:  # the system's own reason, where it may not be read
            start = file.read(_LOOKED_AT_BYTES)
        if _is_text(start):  # FFmpeg would film the letters, as a terminal shows them
            raise SourceError(f"`{path}` is text, no video; give a video, a picture, a folder or a camera number")
        self._capture = cv2.VideoCapture(str(path))
        opened = self._capture.isOpened()
        self._first = self._capture.read() if opened else (False, None)
        if not self._first[0]:
            self._capture.release()
            raise SourceError(
                f"`{path}` is no video that OpenCV can decode ({path.stat().st_size:,} bytes); "
                f"try: ffmpeg -i '{path.name}' -c:v libx264 converted.mp4"
            )
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 0.0 < fps < 1000.0 else _UNKNOWN_FPS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._capture.release()

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order."""
        number = 0
        there, image = self._first
        while there and image is not None:
            yield Frame(image, str(self._path), number, now_s())
            there, image = self._capture.read()
            number += 1


def _is_text(start: bytes) -> bool:
    """Tell whether the first bytes of a file are letters only: every video has bytes below tab in its header."""
    return bool(start) and min(start) >= ord("\t")
