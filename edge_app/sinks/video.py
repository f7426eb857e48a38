"""The annotated video: H.264, which plays everywhere, where `ffmpeg` is installed."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

import cv2

from edge_app.common.atomic_files import atomic_file
from edge_app.common.errors import OutputError
from edge_app.common.notices import note
from edge_app.common.outputs import refuse_existing
from edge_app.display.display_frame import DisplayFrame
from edge_app.photographs.decoder import Image
from edge_app.sinks.h264 import H264Writer, h264_encoder

_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}
"""Of OpenCV: where ffmpeg is installed, it writes H.264 instead of mp4v."""
_RESERVE_BYTES = 64 << 20
"""Recording stops when less than this is free: OpenCV says nothing when a write fails, and the file needs its end."""
_LOOK_PERIOD_S = 1.0


class VideoSink:
    """Writes frames with their overlay; frames of another size than the first are scaled to it.

    A disk that fills ends the video, not the run: what was filmed until then is kept.

    Args:
        path: ends with .mp4, .avi or .mkv.
        fps: at which it shall play.
        overwrite: whether an existing file may be replaced.

    Raises:
        OutputError: the file exists, has another ending, or cannot be written.
    """

    def __init__(self, path: Path, fps: float, overwrite: bool = False) -> None:
        if path.suffix.lower() not in _CODECS:
            raise OutputError(f"`{path}` is not a video file name; end it with one of {', '.join(_CODECS)}")
        refuse_existing(path, overwrite)
        self.path, self._fps = path, fps
        self._stack = ExitStack()
        self._temporary: Path | None = None
        self._encoder: tuple[str, str] | None = None
        self._writer: Any = None
        self._size = (0, 0)
        self._looked_s = 0.0
        self.stopped = False
        """Whether the disk ended the video."""

    def __enter__(self) -> Self:
        as_h264 = _CODECS[self.path.suffix.lower()] == "mp4v"
        self._encoder = h264_encoder() if as_h264 else None
        self._temporary = self._stack.enter_context(atomic_file(self.path))
        if as_h264 and self._encoder is None:
            note(f"browsers will not play `{self.path}`: H.264 needs ffmpeg (on Debian: sudo apt install ffmpeg)")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self.stopped:
            return
        complaint = None if self._writer is None else self._writer.release()
        # Ctrl-C is the usual end of a live run: what was filmed until then is the result.
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            kind = error = None
        if kind is None:
            error = self._fault(complaint)
            kind = None if error is None else OutputError
        self._stack.__exit__(kind, error, None)
        if isinstance(error, OutputError):
            raise error

    def discard(self) -> None:
        """End without a result: the temporary file goes too."""
        if self._writer is not None:
            self._writer.release()
        error = OutputError("discarded")
        with suppress(OutputError):
            self._stack.__exit__(OutputError, error, None)

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Append one frame."""
        if self.stopped or self._disk_is_full():
            return True
        drawn_bgr = display_frame.drawn_bgr()
        if self._writer is None:
            self._open(drawn_bgr)
        if (drawn_bgr.shape[1], drawn_bgr.shape[0]) != self._size:
            drawn_bgr = cv2.resize(drawn_bgr, self._size, interpolation=cv2.INTER_AREA)
        self._writer.write(drawn_bgr)
        if isinstance(self._writer, H264Writer) and self._writer.broken:
            self._stop(f"ffmpeg ended while it wrote `{self.path}`")
        return True

    def _disk_is_full(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_PERIOD_S or self._temporary is None:
            return False
        self._looked_s = now_s
        free_bytes = shutil.disk_usage(self._temporary.parent).free
        if free_bytes >= _RESERVE_BYTES:
            return False
        why = f"only {free_bytes / 1e6:.0f} MB are free on the disk of `{self.path}`"
        if self._writer is None:
            raise OutputError(f"{why}, too few for a video; free some space, or choose another place")
        self._stop(why)
        return True

    def _stop(self, why: str) -> None:
        """End the video in mid-run and keep it."""
        try:
            self.__exit__(None, None, None)
            note(f"{why}: the video ends here and is kept; classifying continues")
        except OutputError as error:
            note(f"{why}: the video ends here ({error}); classifying continues")
        self.stopped = True

    def _fault(self, complaint: str | None) -> OutputError | None:
        """Look at the finished file: OpenCV says nothing when a disk is full."""
        if self._writer is None:
            return OutputError(f"no frame came, so `{self.path}` was not written")
        if complaint is not None:
            return OutputError(f"`{self.path}` could not be written completely: {complaint}")
        capture = cv2.VideoCapture(str(self._temporary))
        whole = capture.isOpened() and capture.read()[0]
        capture.release()
        return None if whole else OutputError(f"`{self.path}` could not be written completely; is the disk full?")

    def _open(self, image: Image) -> None:
        self._size = (image.shape[1], image.shape[0])
        assert self._temporary is not None
        if self._encoder is not None:
            self._writer = H264Writer(self._encoder, self._temporary, self._fps, self._size)
            return
        codec = cv2.VideoWriter.fourcc(*_CODECS[self.path.suffix.lower()])
        self._writer = cv2.VideoWriter(str(self._temporary), codec, self._fps, self._size)
        if not self._writer.isOpened():
            raise OutputError(f"this OpenCV cannot write `{self.path}`; try a name that ends with .avi")
