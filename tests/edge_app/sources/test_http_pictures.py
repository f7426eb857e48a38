"""An address that gives one picture is polled, one that gives a film is played to its end, with user and password."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import SourceError
from edge_app.sources.newest_frame import NewestFrameReader
from edge_app.sources.opening import open_source

FRAMES = 12


class OddCamera(ThreadingHTTPServer):
    """Serves pictures, each another shade of grey, and a film."""

    daemon_threads = True

    def __init__(self, film: bytes) -> None:
        self.film, self.asked, self.open = film, 0, True
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: OddCamera

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.server.open:
            self.send_error(503)
        elif self.path == "/clip":
            self._send("video/mp4", self.server.film)
        elif self.path.startswith("/locked") and self.headers.get("Authorization") != _basic("me", "se:cret"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
        else:
            self.server.asked += 1
            grey = np.full((48, 64, 3), 10 * self.server.asked % 256, np.uint8)
            self._send("image/jpeg", cv2.imencode(".jpg", grey)[1].tobytes())

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[OddCamera]:
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 50.0, (64, 48))
    for number in range(FRAMES):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()
    server = OddCamera(path.read_bytes())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_picture_is_asked_for_again_and_again(camera: OddCamera) -> None:
    told: list[str] = []
    device = open_source(f"http://127.0.0.1:{camera.server_port}/snapshot.jpg").open(told.append)  # type: ignore[union-attr]
    shades = [int(device.read()[0].mean()) for _ in range(4)]  # type: ignore[index]
    assert len(set(shades)) == 4
    assert "which is asked for again and again" in told[0]


def test_its_user_and_password_are_sent(camera: OddCamera) -> None:
    device = open_source(f"http://me:se%3Acret@127.0.0.1:{camera.server_port}/locked").open(print)  # type: ignore[union-attr]
    assert device.read()[0].shape == (48, 64, 3)  # type: ignore[index]


def test_a_server_that_goes_away_has_broken_off(camera: OddCamera) -> None:
    device = open_source(f"http://127.0.0.1:{camera.server_port}/snapshot.jpg").open(lambda text: None)  # type: ignore[union-attr]
    device.read()
    camera.open = False
    with pytest.raises(SourceError, match="broke off"):
        device.read()


def test_a_film_is_played_to_its_end(camera: OddCamera) -> None:
    source = open_source(f"http://127.0.0.1:{camera.server_port}/clip")
    told: list[str] = []
    with NewestFrameReader(source, told.append) as reader:  # type: ignore[arg-type]
        frames = [frame.number for frame in reader.frames()]
    assert frames[-1] >= FRAMES - 2  # the newest frame may be taken away by the end
    assert reader.outages == 0


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_source_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="--source is empty"):
        open_source(text)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError, match="is a pipe, which can be read only once"):
        open_source(str(tmp_path / "fifo"))
