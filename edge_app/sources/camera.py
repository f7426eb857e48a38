"""A webcam through OpenCV."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from edge_app.errors import SourceError
from edge_app.sources import Frame, now_s


class CameraSource:
    """Reads a camera; asks for MJPEG, because many USB cameras give 5 frames a second without.

    Args:
        name: its number, or its device file.
        width: asked for, pixels; the camera may choose another.
        height: asked for, pixels.

    Raises:
        SourceError: it does not open, or gives no picture.
    """

    live = True

    def __init__(self, name: str, width: int = 640, height: int = 480) -> None:
        self.skipped: list[str] = []
        self._name = f"camera {name}"
        _refuse_unusable_device(name)
        backend = cv2.CAP_V4L2 if sys.platform.startswith("linux") else cv2.CAP_ANY
        self._capture = cv2.VideoCapture(int(name) if name.isdigit() else name, backend)
        if not self._capture.isOpened():
            raise SourceError(f"{self._name} does not open: {_why(name)}")
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        self.fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or 30.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._capture.release()

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the camera goes away.

        Raises:
            SourceError: it stopped giving pictures.
        """
        number = 0
        while True:
            there, image = self._capture.read()
            if not there:
                when = f"after {number:,} frames" if number else "from the start"
                raise SourceError(f"{self._name} gives no picture {when}; plug it in again or try another port")
            yield Frame(image, self._name, number, now_s())
            number += 1


def list_cameras() -> list[str]:
    """Return a line per video device of this Linux machine: `/dev/video0  HD Webcam`."""
    lines = []
    for device in sorted(Path("/sys/class/video4linux").glob("video*")):
        lines.append(f"/dev/{device.name}  {(device / 'name').read_text().strip()}")
    return lines


def _device_file(name: str) -> Path:
    return Path(f"/dev/video{name}") if name.isdigit() else Path(name)


def _refuse_unusable_device(name: str) -> None:
    """Say why before OpenCV prints its own riddles."""
    if not sys.platform.startswith("linux"):
        return
    device = _device_file(name)
    if not device.exists() or not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(f"camera {name} does not open: {_why(name)}")


def _why(name: str) -> str:
    device = _device_file(name)
    if not sys.platform.startswith("linux"):
        return "try another number, or allow camera access for this terminal in the system's settings"
    if not device.exists():
        others = list_cameras()
        there = f"try one of: {'; '.join(others)}" if others else "no camera is connected; try `--source demo`"
        return f"`{device}` does not exist; {there}"
    if not os.access(device, os.R_OK | os.W_OK):
        return f"no permission for `{device}`; run: sudo usermod -aG video $USER, and log in again"
    return (
        f"`{device}` is in use by another program, or no camera that OpenCV can read (a ribbon-cable camera of a "
        "Raspberry Pi is not); close the other program or try another number"
    )
