"""A webcam through OpenCV, by number or device file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.camera_diagnosis import why_no_camera
from edge_app.sources.frames import DEFAULT_CAPTURE_OPTIONS, DEMO, CaptureOptions, NoticeHandler, now_s
from edge_app.sources.v4l2 import four_letters, stable_name

_MJPG = "MJPG"
_ASSUMED_FPS = 30.0
_SLOW_FPS = 10.0  # what USB cameras fall to when a large picture goes uncompressed through USB 2
_MOST_FPS = 1000.0
_JUDGED_S = 3.0
_SKIPPED_S = 1.0  # the exposure settles first
_MUCH_SLOWER = 0.6


class CameraSource:
    """Asks a camera for MJPEG, size and rate, because many USB cameras give 5 uncompressed frames a second without.

    Args:
        text: its number, or its device file.
        options: size and rate.
    """

    live: Literal[True] = True

    def __init__(self, text: str, options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS) -> None:
        self.name = f"camera {text}"
        self._text, self._options = text, options
        self._path = device_file(text)
        self._stable: Path | None = None

    def open(self, on_notice: NoticeHandler) -> _Camera:
        """Open the camera and tell what it gives.

        Raises:
            SourceError: it does not open.
        """
        linux = sys.platform.startswith("linux")
        # A camera that was plugged in again may have another number; its name by id is the same.
        moved = linux and not self._path.exists() and self._stable is not None and self._stable.exists()
        path = self._stable if moved and self._stable is not None else self._path
        if linux:
            reason = why_no_camera(path, opened=None)
            if reason is not None:
                raise self._does_not_open(reason)
            self._stable = stable_name(path) or self._stable
        where: int | str = str(path) if linux else int(self._text) if self._text.isdigit() else self._text
        capture = cv2.VideoCapture(where, cv2.CAP_V4L2 if linux else cv2.CAP_ANY)
        if not capture.isOpened():
            capture.release()
            raise self._does_not_open(why_no_camera(path, opened=False))
        return _Camera(self.name, path, capture, self._options, on_notice)

    def _does_not_open(self, reason: str | None) -> SourceError:
        """A newcomer without a camera shall see something all the same."""
        sentence, demo = f"{self.name} does not open: {reason}", f"`--source {DEMO}`"
        return SourceError(sentence if demo in sentence else f"{sentence}; {demo} needs no camera")


class _Camera:
    def __init__(self, name: str, path: Path, capture: Any, options: CaptureOptions, on_notice: NoticeHandler) -> None:
        self._name, self._path, self._capture, self._on_notice = name, path, capture, on_notice
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_MJPG))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.height)
        if options.camera_fps is not None:
            capture.set(cv2.CAP_PROP_FPS, options.camera_fps)
        self._promised_fps = float(capture.get(cv2.CAP_PROP_FPS))
        self.fps = self._promised_fps if 0.0 < self._promised_fps < _MOST_FPS else _ASSUMED_FPS
        self._frames, self._counted, self._counted_from_s = 0, 0, 0.0
        for sentence in self._what_it_gives(options):
            on_notice(sentence)

    def _what_it_gives(self, options: CaptureOptions) -> list[str]:
        """Read back what the camera chose: `set` never complains."""
        width, height = (
            round(self._capture.get(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        pixels = four_letters(round(self._capture.get(cv2.CAP_PROP_FOURCC)))
        rate = f" at {self._promised_fps:.3g} fps" if self._promised_fps > 0 else ""
        said = [f"{self._name}: {width}×{height} {pixels or 'in an unnamed format'}{rate}"]
        if (width, height) != (options.width, options.height):
            said.append(f"warning: {self._name} was asked for {options.width}×{options.height} but chose another size")
        if options.camera_fps is not None and abs(self._promised_fps - options.camera_fps) > 1.0:
            said.append(f"warning: {self._name} was asked for {options.camera_fps:.3g} fps but chose another rate")
        if pixels and pixels != _MJPG and 0 < self._promised_fps <= _SLOW_FPS:
            said.append(
                f"warning: {self._name} fell back to {pixels} at {self._promised_fps:.3g} fps: uncompressed "
                "pictures of this size are too large for USB 2; try --size 320x240, or a camera with MJPG"
            )
        return said

    def read(self) -> tuple[Image, float]:
        try:
            there, image = self._capture.read()
        except cv2.error as error:
            raise SourceError(f"{self._name} gave a picture that OpenCV cannot decode: {error.err}") from error
        if not there:
            when = f"after {self._frames:,} frames" if self._frames else "from the start"
            why = "" if self._frames else f": {why_no_camera(self._path, opened=True)}"
            raise SourceError(f"{self._name} delivers no picture {when}{why}")
        now = now_s()
        self._frames += 1
        self._judge_rate(now)
        return as_bgr(image), now

    def _judge_rate(self, now: float) -> None:
        """Count real frames for a while: a camera promises 30 a second and gives 8 in a dark room."""
        if self._counted_from_s < 0.0:
            return
        if self._frames == 1:
            self._counted_from_s = now + _SKIPPED_S
        elif now > self._counted_from_s:
            self._counted += 1
        if self._counted and now - self._counted_from_s > _JUDGED_S:
            real_fps = self._counted / (now - self._counted_from_s)
            self._counted_from_s = -1.0
            if real_fps < _MUCH_SLOWER * self.fps:
                self._on_notice(
                    f"warning: {self._name} announced {self.fps:.3g} fps but delivers {real_fps:.2g}; more light "
                    "shortens the exposure; another USB port or a smaller --size speeds up the transfer"
                )

    def release(self) -> None:
        self._capture.release()


def device_file(text: str) -> Path:
    """Return the device file of a camera's number."""
    return Path(f"/dev/video{text}") if text.isdigit() else Path(text)


def as_bgr(image: npt.NDArray[Any]) -> Image:
    """Return any picture of a camera as (height, width, 3) uint8 BGR: infrared ones are grey, some have 16 bits."""
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
    if channels == 4:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR))
    return image
