"""A network camera: RTSP, or MJPEG over HTTP, through OpenCV's FFmpeg; and why a stream does not open."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import cv2

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.addresses import shown_address
from edge_app.sources.camera import as_bgr
from edge_app.sources.frames import NoticeHandler, Pacer, now_s

if TYPE_CHECKING:
    from edge_app.sources.http_pictures import HttpKind, PolledPicture

_OPEN_TIMEOUT_MS, _READ_TIMEOUT_MS = 5000, 3000  # FFmpeg's own are 30 s each
_ASSUMED_FPS, _MOST_FPS = 25.0, 120.0  # HTTP streams name no rate, or an absurd one
_OPTIONS_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# FFmpeg shall hold nothing back: no queue of its own, no frames kept for reordering. TCP, because UDP tears pictures.
_OPTIONS = {"rtsp": "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay", "http": "fflags;nobuffer|flags;low_delay"}
_environment = threading.Lock()

_CONNECT_TIMEOUT_S = 2.0
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


class StreamSource:
    """Opens a stream; a stream that ends is one that broke.

    Args:
        address: rtsp://…, rtsps://…, http://… or https://…; user and password may be part of it and are never shown.
    """

    live: Literal[True] = True

    def __init__(self, address: str) -> None:
        self.name = shown_address(address)
        self._address = address

    def open(self, on_notice: NoticeHandler) -> _Stream | PolledPicture:
        """Connect.

        Raises:
            SourceError: there is no stream at this address.
        """
        kind = self._kind()
        if kind == "picture":
            from edge_app.sources.http_pictures import PolledPicture

            on_notice(f"{self.name}: a picture, which is asked for again and again")
            return PolledPicture(self._address, self.name)
        return self._play(on_notice, finite=kind == "film")

    def _kind(self) -> HttpKind:
        if not self._address.lower().startswith("http"):
            return "stream"
        try:
            urlsplit(self._address)
        except ValueError as error:
            raise SourceError(f"{self.name} is no address; write http://HOST:PORT/PATH") from error
        from edge_app.sources.http_pictures import http_kind  # 40 ms, which other sources do not pay

        return http_kind(self._address)

    def _play(self, on_notice: NoticeHandler, finite: bool) -> _Stream:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_TIMEOUT_MS]
        with _low_delay(self._address):
            capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{self.name} does not open: {why_no_stream(self._address)}")
        return _Stream(self.name, capture, on_notice, finite)


class _Stream:
    """An open stream; a film that ends has ended, a stream that ends has broken off."""

    def __init__(self, name: str, capture: Any, on_notice: NoticeHandler, finite: bool) -> None:
        self._name, self._capture = name, capture
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 0.0 < fps <= _MOST_FPS else _ASSUMED_FPS
        width, height = (round(capture.get(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self._pacer = Pacer(self.fps) if finite else None
        on_notice(f"{name}: {width}×{height}")

    def read(self) -> tuple[Image, float] | None:
        try:
            there, image = self._capture.read()
        except cv2.error as error:
            raise SourceError(f"{self._name} sent a picture that OpenCV cannot decode: {error.err}") from error
        if not there and self._pacer is not None:
            return None
        if not there:
            raise SourceError(f"{self._name} broke off")
        return as_bgr(image), now_s() if self._pacer is None else self._pacer.wait()

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


def why_no_stream(address: str) -> str:
    """Try the address and say what is wrong there, and the way out: FFmpeg only says that it failed."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme.lower()]
    except (ValueError, KeyError):
        return "it is no address, or its port is not a number; write http://HOST:PORT/PATH"
    if not host:
        return "it names no host; write http://HOST:PORT/PATH"
    try:
        with socket.create_connection((host, port), _CONNECT_TIMEOUT_S):
            pass
    except socket.gaierror:
        return f"the name `{host}` is not known here; check it, or give the camera's number address"
    except ConnectionRefusedError:
        return f"`{host}` is there, but nothing answers at port {port}; start the stream, or check the port"
    except OSError:
        return f"`{host}` does not answer at port {port}; is the camera on, and in this network?"
    if parts.scheme.lower().startswith("http"):
        return _why_no_http_stream(address, port)
    return "the camera answers, but not with a stream; check path, user and password against its manual"


def _why_no_http_stream(address: str, port: int) -> str:
    from edge_app.sources.http_pictures import FAULTS, status_and_type

    try:
        return _what_answered(*status_and_type(address))
    except FAULTS as error:
        return f"the server at port {port} does not speak HTTP ({type(error).__name__}); check the address"


def _what_answered(status: int, content_type: str) -> str:
    if status in (401, 403):
        return f"the camera requires a user and a password (status {status}): http://USER:PASSWORD@HOST/PATH"
    if status == 404:
        return "the camera has nothing at this path (status 404); look up the path of its MJPEG stream"
    if status >= 400:
        return f"the server answers with status {status}; look at its own log"
    if content_type.startswith("text/html"):
        return "this is a web page, not a stream; give the address of its picture (in a browser: copy image address)"
    return f"the server sends {content_type}, which OpenCV cannot play; MJPEG is multipart/x-mixed-replace"
