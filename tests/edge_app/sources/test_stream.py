"""Streams from a real HTTP server that is stopped, started again, and stalls in the middle of a picture."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.measure.live.camera_stand_in import StandInCamera, numbered_pictures, read_number
from edge_app.common.errors import SourceError
from edge_app.sources import stream
from edge_app.sources.addresses import shown_address
from edge_app.sources.newest_frame import NewestFrameReader, ReaderTimeouts
from edge_app.sources.opening import open_source
from edge_app.sources.stream import why_no_stream
from tests.edge_app.sources.rtsp_camera import RtspCamera
from tests.models import INT8

QUICK = ReaderTimeouts(first_retry_s=0.02, longest_retry_s=0.1, poll_s=0.02)
FPS = 100.0
ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return numbered_pictures(16)


def start(pictures: list[bytes], port: int = 0) -> StandInCamera:
    camera = StandInCamera(port, FPS, pictures)
    threading.Thread(target=camera.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return camera


@pytest.fixture
def camera(pictures: list[bytes]) -> Iterator[StandInCamera]:
    running = start(pictures)
    yield running
    running.shut()


def test_pictures_arrive_whole(camera: StandInCamera, pictures: list[bytes]) -> None:
    told: list[str] = []
    device = open_source(f"http://127.0.0.1:{camera.port}/video").open(told.append)
    images = [device.read()[0] for _ in range(12)]
    device.release()
    assert images[0].shape == (480, 640, 3)
    numbers = [read_number(image) for image in images]
    assert all(before != after for before, after in itertools.pairwise(numbers))
    for image, number in zip(images, numbers, strict=True):
        original = cv2.imdecode(np.frombuffer(pictures[number], np.uint8), cv2.IMREAD_COLOR)
        assert cv2.absdiff(image, original).mean() < 3, "the same picture, by another decoder"
    assert told == [f"http://127.0.0.1:{camera.port}/video: 640×480"]


def test_a_camera_that_is_switched_off_and_on_is_used_again(pictures: list[bytes]) -> None:
    told: list[str] = []
    first = start(pictures)
    with NewestFrameReader(open_source(f"http://127.0.0.1:{first.port}/video"), told.append, QUICK) as feed:
        frames = feed.frames()
        next(frames)
        first.shut()
        while feed.outages == 0:
            time.sleep(0.01)
        second = start(pictures, first.port)
        for _ in frames:
            if any("is back after" in sentence for sentence in told):
                break
        assert feed.outages == 1
    second.shut()
    assert sum("broke off; waiting for it to come back" in sentence for sentence in told) == 1


def test_a_stream_that_stalls_in_the_middle_of_a_picture_is_opened_again(
    camera: StandInCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_READ_TIMEOUT_MS", 300)
    told: list[str] = []
    with NewestFrameReader(open_source(f"http://127.0.0.1:{camera.port}/stall"), told.append, QUICK) as feed:
        for _ in feed.frames():
            if any("is back after" in sentence for sentence in told):
                break
    assert any("/stall broke off; waiting for it" in sentence for sentence in told)


def test_rtsp_that_falls_silent_is_opened_again_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection stays and nothing comes: FFmpeg alone would wait for half a minute."""
    monkeypatch.setattr(stream, "_READ_TIMEOUT_MS", 500)
    camera, told = RtspCamera(pictures=150, fps=200.0), []
    with NewestFrameReader(open_source(camera.address), told.append, QUICK) as feed:
        for frame in feed.frames():
            assert frame.image_bgr.shape == (48, 64, 3)
            if feed.outages == 3 and sum("is back after" in sentence for sentence in told) == 3:
                break
    camera.shut()
    assert camera.connections == 4
    assert sum("/live broke off; waiting for it to come back" in sentence for sentence in told) == 3


def test_ctrl_c_ends_the_app_while_the_stream_stalls(camera: StandInCamera, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    command = [sys.executable, "-m", "edge_app", str(INT8), "--threads", "1", "--no-window"]
    command += ["--source", f"http://127.0.0.1:{camera.port}/stall", "--jsonl", str(lines)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert camera.stalling.wait(60)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert "stopped by Ctrl-C" in told
    assert "Traceback" not in told
    assert lines.read_text().count("\n") >= 1


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("page", "this is a web page, not a stream"),
        ("locked", "requires a user and a password"),
        ("nothing", r"has nothing at this path \(status 404\)"),
    ],
)
def test_what_is_no_stream_is_said(camera: StandInCamera, path: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        open_source(f"http://127.0.0.1:{camera.port}/{path}").open(print)


def test_a_port_where_nobody_listens_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceError, match=f"is there, but nothing answers at port {port}"):
        open_source(f"rtsp://127.0.0.1:{port}/live").open(print)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("http:///video", "names no host"), ("http://camera:port/", "port is not a number")],
)
def test_an_address_that_is_none_is_said(address: str, sentence: str) -> None:
    assert sentence in why_no_stream(address)


def test_user_and_password_are_never_shown() -> None:
    address = "rtsp://admin:secret@10.0.0.7:8554/live?x=1"
    assert shown_address(address) == "rtsp://10.0.0.7:8554/live?x=1"
    assert open_source(address).name == "rtsp://10.0.0.7:8554/live?x=1"


def test_options_of_the_user_for_ffmpeg_are_kept(camera: StandInCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;udp")
    open_source(f"http://127.0.0.1:{camera.port}/video").open(print).release()
    assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "rtsp_transport;udp"
    monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS")
    open_source(f"http://127.0.0.1:{camera.port}/video").open(print).release()
    assert "OPENCV_FFMPEG_CAPTURE_OPTIONS" not in os.environ
