"""A network camera made of drawings: MJPEG over HTTP at a steady rate, each picture carrying its number.

Run as `python -m benchmarks.measure.live.camera_stand_in PORT FPS` it is a camera in a process of its own, which can
be killed and started again. It prints one line of JSON when it listens: its port, and when picture 0 was due
(`time.perf_counter()`, which Linux keeps the same for all processes), so that a reader can tell how old a picture is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import cv2

from edge_app.common.errors import SourceError
from edge_app.common.own_process import python_command
from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.photographs.decoder import Image

NUMBERS = 256
"""Pictures count to this and begin again: 8.5 s at 30 fps."""

_WIDTH, _HEIGHT = 640, 480
_BITS, _BLOCK = 8, 16  # a number is a row of squares, black or white, in the top left corner
_SCENES, _SCENE_STEP = 8, 20
_JPEG_QUALITY = 85
_BOUNDARY = "frame"


def numbered_pictures(numbers: int = NUMBERS) -> list[bytes]:
    """Return JPEGs of drawn pets with their numbers in the corner."""
    camera = DrawnCamera(0, _WIDTH, _HEIGHT)
    scenes = [camera.frame(place * _SCENE_STEP)[0] for place in range(_SCENES)]
    found = []
    for number in range(numbers):
        image = scenes[number * _SCENES // NUMBERS].copy()
        write_number(image, number)
        found.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes())
    return found


def write_number(image: Image, number: int) -> None:
    """Write a number below `NUMBERS` into the corner of a picture, (height, width, 3) uint8."""
    for bit in range(_BITS):
        image[:_BLOCK, bit * _BLOCK : (bit + 1) * _BLOCK] = 255 * (number >> bit & 1)


def read_number(image: Image) -> int:
    """Read the number that `write_number` wrote, JPEG or not."""
    middles = image[_BLOCK // 2, _BLOCK // 2 : _BITS * _BLOCK : _BLOCK].mean(axis=1)
    return sum(int(middle > 127) << bit for bit, middle in enumerate(middles))


class StandInCamera(ThreadingHTTPServer):
    """Serves `/video`; `/stall` stops in the middle of a picture, `/page` is no stream, `/locked` wants a password.

    Args:
        port: 0: any free one.
        fps: pictures a second.
        pictures: JPEGs, numbered from 0.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, fps: float = 30.0, pictures: list[bytes] | None = None) -> None:
        self.pictures = pictures if pictures is not None else numbered_pictures()
        self.fps = fps
        self.first_due_s = time.perf_counter()
        self.stopping = threading.Event()
        self.stalling = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)
        self.port = int(self.server_address[1])

    def number_due(self) -> int:
        """Return the number of the picture that is due next, not cut to `NUMBERS`."""
        return int((time.perf_counter() - self.first_due_s) * self.fps) + 1

    def shut(self) -> None:
        """End all streams and stop listening."""
        self.stopping.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: StandInCamera

    def do_GET(self) -> None:
        answer: dict[str, Callable[[], None]] = {
            "/video": self._film,
            "/stall": self._stall,
            "/page": self._page,
            "/locked": lambda: self.send_error(401),
        }
        answer.get(self.path, lambda: self.send_error(404))()

    def _film(self, pictures: int | None = None) -> None:
        self._begin(f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        camera = self.server
        number = camera.number_due()
        sent = 0
        try:
            while not camera.stopping.is_set() and (pictures is None or sent < pictures):
                wait_s = camera.first_due_s + number / camera.fps - time.perf_counter()
                if wait_s > 0:
                    time.sleep(wait_s)
                self._part(camera.pictures[number % len(camera.pictures)])
                number, sent = max(number + 1, camera.number_due()), sent + 1
        except OSError:  # the reader is gone
            self.close_connection = True

    def _stall(self) -> None:
        self._film(pictures=40)
        jpeg = self.server.pictures[0]
        self.wfile.write(self._head(jpeg) + jpeg[: len(jpeg) // 2])
        self.server.stalling.set()
        self.server.stopping.wait()

    def _page(self) -> None:
        self._begin("text/html")
        self.wfile.write(b"<html><img src=/video></html>")

    def _begin(self, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()

    def _part(self, jpeg: bytes) -> None:
        self.wfile.write(self._head(jpeg) + jpeg + b"\r\n")

    def _head(self, jpeg: bytes) -> bytes:
        return f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class CameraProcess:
    """A camera at `address`; entering starts it.

    Args:
        fps: pictures a second.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.port = 0
        self.first_due_s = 0.0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where its stream is; the same after a restart."""
        return f"http://127.0.0.1:{self.port}/video"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            SourceError: it does not.
        """
        command = python_command("benchmarks.measure.live.camera_stand_in", str(self.port), str(self.fps))
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self.kill()
            raise SourceError(
                "the camera stand-in did not start; run: python -m benchmarks.measure.live.camera_stand_in 0 30"
            )
        told = json.loads(line)
        self.port, self.first_due_s = int(told["port"]), float(told["first_due_s"])

    def kill(self) -> None:
        """End it at once, as a pulled plug does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _serve(port: int, fps: float) -> None:
    camera = StandInCamera(port, fps)
    print(json.dumps({"port": camera.port, "first_due_s": camera.first_due_s}), flush=True)
    camera.serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
