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
from edge_app.sinks.film_file import FilmFile, film_file
from edge_app.sinks.h264 import H264Writer, h264_encoder, write_index

_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}
"""Of OpenCV: where ffmpeg is installed, it writes H.264 instead of mp4v."""
_LASTING = (".avi", ".mkv")
"""What OpenCV writes of these can be played without its end; the index of its .mp4 comes last."""
_RESERVE_BYTES = 64 << 20
"""Recording stops when less than this is free: OpenCV says nothing when a write fails, and the file needs its end."""
_LOOK_PERIOD_S = 1.0


class VideoSink:
    """Writes frames with their overlay; frames of another size than the first are scaled to it.

    A disk that fills ends the video, not the run. What was filmed is kept, however the run ends; only an .mp4 by OpenCV
    is lost with a run that is killed.

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
        self._film: FilmFile | None = None
        self._encoder: tuple[str, str] | None = None
        self._writer: Any = None
        self._size = (0, 0)
        self._looked_s = 0.0
        self.stopped = False
        """Whether the disk ended the video."""

    def __enter__(self) -> Self:
        suffix = self.path.suffix.lower()
        as_h264 = _CODECS[suffix] == "mp4v"
        self._encoder = h264_encoder() if as_h264 else None
        lasts = self._encoder is not None or suffix in _LASTING
        self._film = self._stack.enter_context(film_file(self.path, lasts))
        if as_h264 and self._encoder is None:
            note(self._without_h264(lasts))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End the film and keep it, whatever ended the run."""
        if self.stopped:
            return
        try:
            fault = self._finished()
        except BaseException as interruption:
            self._stack.__exit__(type(interruption), interruption, None)
            raise
        # Ctrl-C is the usual end of a live run: what was filmed until then is the result.
        usual = kind is None or issubclass(kind, KeyboardInterrupt)
        try:
            self._stack.__exit__(None if fault is None else OutputError, fault, None)
        except OutputError as late:
            fault = late
        if fault is not None and usual:
            raise fault

    def _without_h264(self, lasts: bool) -> str:
        why = "H.264 needs ffmpeg (on Debian: sudo apt install ffmpeg)"
        if shutil.which("ffmpeg") is not None:
            why = "this ffmpeg has no encoder for H.264 that works here"
        lost = "" if lasts else "; if the run is killed, the video is lost (one that ends with .avi or .mkv is not)"
        return f"browsers will not play `{self.path}`: {why}{lost}"

    def discard(self) -> None:
        """End without a result: what has no name yet goes too."""
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
        if now_s - self._looked_s < _LOOK_PERIOD_S or self._film is None:
            return False
        self._looked_s = now_s
        free_bytes = shutil.disk_usage(self._film.writing.parent).free
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

    def _finished(self) -> OutputError | None:
        """End the file; return what is wrong with it."""
        complaint = None if self._writer is None else self._writer.release()
        if self._film is not None:
            self._film.stop_watching()
        fault = self._fault(complaint)
        if fault is None and self._film is not None and isinstance(self._writer, H264Writer):
            self._write_index(self._film)
        return fault

    def _fault(self, complaint: str | None) -> OutputError | None:
        """Look at the finished file: OpenCV says nothing when a disk is full."""
        if self._writer is None or self._film is None:
            return OutputError(f"no frame came, so `{self.path}` was not written")
        capture = cv2.VideoCapture(str(self._film.writing))
        plays = capture.isOpened() and capture.read()[0]
        capture.release()
        if complaint is not None:
            kept = "; what was written until then is kept" if plays and self._film.is_named else ""
            return OutputError(f"`{self.path}` could not be written completely: {complaint}{kept}")
        return None if plays else OutputError(f"`{self.path}` could not be written completely; is the disk full?")

    def _write_index(self, film: FilmFile) -> None:
        """Give a film in fragments its length and index; where that fails, it stays as it is."""
        if self.path.suffix.lower() != ".mp4" or self._encoder is None or not film.lasts:
            return
        size_bytes = film.writing.stat().st_size
        if shutil.disk_usage(film.writing.parent).free < size_bytes + _RESERVE_BYTES:
            note(
                f"`{self.path}` has no index, because the disk is too full for a copy: players may not know its length"
            )
            return
        try:
            film.keep()
            with atomic_file(self.path) as copy:
                complaint = write_index(self._encoder[0], film.writing, copy)
                if complaint is not None:
                    raise OutputError(complaint)
        except (OutputError, OSError) as error:
            note(f"`{self.path}` has no index, and players may not know its length: {error}")

    def _open(self, image: Image) -> None:
        self._size = (image.shape[1], image.shape[0])
        assert self._film is not None
        if self._encoder is not None:
            self._writer = H264Writer(self._encoder, self._film.writing, self._fps, self._size)
            return
        codec = cv2.VideoWriter.fourcc(*_CODECS[self.path.suffix.lower()])
        self._writer = cv2.VideoWriter(str(self._film.writing), codec, self._fps, self._size)
        if not self._writer.isOpened():
            raise OutputError(f"this OpenCV cannot write `{self.path}`; try a name that ends with .avi")
