"""A camera in the network: RTSP, or MJPEG over HTTP, through OpenCV's FFmpeg."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import cv2

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.camera import as_bgr
from edge_app.sources.frames import NoticeHandler, now_s
from edge_app.sources.why_no_stream import shown_address, why_no_stream

_OPEN_TIMEOUT_MS, _READ_TIMEOUT_MS = 5000, 3000  # FFmpeg's own are 30 s each
_ASSUMED_FPS, _MOST_FPS = 25.0, 120.0  # HTTP streams name no rate, or an absurd one
_OPTIONS_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# FFmpeg shall hold nothing back: no queue of its own, no frames kept for reordering. TCP, because UDP tears pictures.
_OPTIONS = {"rtsp": "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay", "http": "fflags;nobuffer|flags;low_delay"}
_environment = threading.Lock()


class StreamSource:
    """Opens a stream; a stream that ends is one that broke.

    Args:
        address: rtsp://…, rtsps://…, http://… or https://…; user and password may be part of it and are never shown.
    """

    live: Literal[True] = True

    def __init__(self, address: str) -> None:
        self.name = shown_address(address)
        self._address = address

    def open(self, on_notice: NoticeHandler) -> _Stream:
        """Connect.

        Raises:
            SourceError: there is no stream at this address.
        """
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_TIMEOUT_MS]
        with _low_delay(self._address):
            capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{self.name} does not open: {why_no_stream(self._address)}")
        return _Stream(self.name, capture, on_notice)


class _Stream:
    def __init__(self, name: str, capture: Any, on_notice: NoticeHandler) -> None:
        self._name, self._capture = name, capture
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 0.0 < fps <= _MOST_FPS else _ASSUMED_FPS
        width, height = (round(capture.get(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        on_notice(f"{name}: {width}×{height}")

    def read(self) -> tuple[Image, float]:
        try:
            there, image = self._capture.read()
        except cv2.error as error:
            raise SourceError(f"{self._name} sent a picture that OpenCV cannot decode: {error.err}") from error
        if not there:
            raise SourceError(f"{self._name} broke off")
        return as_bgr(image), now_s()

    def release(self) -> None:
        self._capture.release()


@contextmanager
def _low_delay(address: str) -> Iterator[None]:
    """Hand FFmpeg our options by the only way that OpenCV has, unless the user did so already."""
    if os.environ.get(_OPTIONS_VARIABLE):
        yield
        return
    with _environment:
        os.environ[_OPTIONS_VARIABLE] = _OPTIONS["rtsp" if address.lower().startswith("rtsp") else "http"]
        try:
            yield
        finally:
            del os.environ[_OPTIONS_VARIABLE]
