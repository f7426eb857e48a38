"""A video file as frames: every one of them, or at the video's own rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

import cv2

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame, NoticeHandler, Pacer, now_s

_UNKNOWN_FPS = 25.0
_LOOKED_AT_BYTES = 4096


class VideoSource:
    """Every frame of a video, as fast as they are asked for.

    Args:
        path: of the file.
        loop: begin again at the end.

    Raises:
        SourceError: it is no video that this OpenCV can decode.
    """

    live: Literal[False] = False
    stills = False

    def __init__(self, path: Path, loop: bool = False) -> None:
        self.skipped: list[str] = []
        self._path = path
        self._file = _VideoFile(path, loop)
        self.fps = self._file.fps

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.release()

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order; the number counts on when the video begins again."""
        number = 0
        while (image := self._file.read()) is not None:
            yield Frame(image, str(self._path), number, now_s())
            number += 1


class LiveVideoSource:
    """A video at its own rate, as if a camera gave it.

    Args:
        path: of the file.
        loop: begin again at the end.
    """

    live: Literal[True] = True

    def __init__(self, path: Path, loop: bool = False) -> None:
        self.name = str(path)
        self._path, self._loop = path, loop

    def open(self, on_notice: NoticeHandler) -> _PacedVideo:
        """Open the file.

        Raises:
            SourceError: it is no video that this OpenCV can decode.
        """
        return _PacedVideo(_VideoFile(self._path, self._loop))


class _PacedVideo:
    def __init__(self, file: _VideoFile) -> None:
        self.fps = file.fps
        self._file = file
        self._pacer = Pacer(file.fps)

    def read(self) -> tuple[Image, float] | None:
        image = self._file.read()
        return None if image is None else (image, self._pacer.wait())

    def release(self) -> None:
        self._file.release()


class _VideoFile:
    """An open video; its first frame is read at once, because OpenCV opens much that it cannot decode."""

    def __init__(self, path: Path, loop: bool) -> None:
        with path.open("rb") as file:  # the system's own reason, where it may not be read
            start = file.read(_LOOKED_AT_BYTES)
        if _is_text(start):  # FFmpeg would film the letters, as a terminal shows them
            raise SourceError(f"`{path}` is text, not a video; give a video, a picture, a folder or a camera number")
        self._path, self._loop = path, loop
        self._open()
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 0.0 < fps < 1000.0 else _UNKNOWN_FPS

    def _open(self) -> None:
        self._capture: Any = cv2.VideoCapture(str(self._path))
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # upright before OpenCV 5, too
        self._next: Image | None = self._capture.read()[1] if self._capture.isOpened() else None
        if self._next is None:
            self._capture.release()
            raise SourceError(
                f"`{self._path}` is not a video that OpenCV can decode ({self._path.stat().st_size:,} bytes); "
                f"try: ffmpeg -i '{self._path.name}' -c:v libx264 converted.mp4"
            )

    def read(self) -> Image | None:
        image, self._next = self._next, None
        if image is not None:
            return image
        there, image = self._capture.read()
        if there or not self._loop:
            return image if there else None
        self._capture.release()  # opening again is what works for every container; seeking does not
        self._open()
        return self.read()

    def release(self) -> None:
        self._capture.release()


def _is_text(start: bytes) -> bool:
    """Tell whether the first bytes of a file are letters only: every video has bytes below tab in its header."""
    return bool(start) and min(start) >= ord("\t")
