"""Promises of a webcam: what is asked, what is read back, what is told when it does not open."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import SourceError
from edge_app.sources import camera, v4l2
from edge_app.sources.camera import CameraSource, as_bgr
from edge_app.sources.frames import CaptureOptions
from edge_app.sources.opening import open_source

MJPG, YUYV = (float(cv2.VideoWriter.fourcc(*letters)) for letters in ("MJPG", "YUYV"))


class RecordedCamera:
    """Stands in for `cv2.VideoCapture`: keeps the order of calls, gives two frames, then goes away."""

    def __init__(self, opens: bool = True, gives: dict[int, float] | None = None, frames: int = 2) -> None:
        self.calls: list[str] = []
        self._opens, self._left = opens, frames
        self._gives = {
            cv2.CAP_PROP_FOURCC: MJPG,
            cv2.CAP_PROP_FRAME_WIDTH: 640.0,
            cv2.CAP_PROP_FRAME_HEIGHT: 480.0,
            cv2.CAP_PROP_FPS: 30.0,
            **(gives or {}),
        }

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return self._opens

    def set(self, prop: int, value: float) -> bool:
        self.calls.append(f"set {prop} {value:.0f}")
        return True

    def get(self, prop: int) -> float:
        return self._gives[prop]

    def read(self) -> tuple[bool, object]:
        self.calls.append("read")
        if not self._left:
            return False, None
        self._left -= 1
        return True, np.zeros((48, 64, 3), np.uint8)

    def release(self) -> None:
        self.calls.append("release")


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file that passes for a device; the kernel knows nothing about it."""
    path = tmp_path / "video0"
    path.touch()
    monkeypatch.setattr(camera, "device_file", lambda text: path)
    return path


def plug_in(monkeypatch: pytest.MonkeyPatch, recorded: RecordedCamera) -> RecordedCamera:
    monkeypatch.setattr(cv2, "VideoCapture", lambda *arguments: recorded)
    return recorded


def test_it_is_asked_for_mjpeg_first_then_size_and_rate_and_is_released(
    monkeypatch: pytest.MonkeyPatch, device: Path
) -> None:
    recorded = plug_in(monkeypatch, RecordedCamera())
    source = open_source("0", CaptureOptions(640, 480, camera_fps=30.0))
    assert isinstance(source, CameraSource)
    told: list[str] = []
    opened = source.open(told.append)
    assert opened.read()[0].shape == (48, 64, 3)
    opened.read()
    with pytest.raises(SourceError, match="camera 0 delivers no picture after 2 frames"):
        opened.read()
    opened.release()
    assert recorded.calls == [
        f"set {cv2.CAP_PROP_FOURCC} {MJPG:.0f}",
        f"set {cv2.CAP_PROP_FRAME_WIDTH} 640",
        f"set {cv2.CAP_PROP_FRAME_HEIGHT} 480",
        f"set {cv2.CAP_PROP_FPS} 30",
        *["read"] * 3,
        "release",
    ]
    assert told == ["camera 0: 640×480 MJPG at 30 fps"]


def test_a_silent_fall_to_five_uncompressed_frames_is_told(monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
    plug_in(monkeypatch, RecordedCamera(gives={cv2.CAP_PROP_FOURCC: YUYV, cv2.CAP_PROP_FPS: 5.0}))
    told: list[str] = []
    open_source("0", CaptureOptions(640, 480, camera_fps=30.0)).open(told.append)
    assert told[0] == "camera 0: 640×480 YUYV at 5 fps"
    assert told[1] == "warning: camera 0 was asked for 30 fps but chose another rate"
    assert told[2].startswith("warning: camera 0 fell back to YUYV at 5 fps")


def test_another_size_than_asked_for_is_told(monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
    plug_in(monkeypatch, RecordedCamera())
    told: list[str] = []
    open_source("0", CaptureOptions(1920, 1080)).open(told.append)
    assert told == [
        "camera 0: 640×480 MJPG at 30 fps",
        "warning: camera 0 was asked for 1920×1080 but chose another size",
    ]


def test_a_rate_far_below_the_promised_one_is_measured_and_told(monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
    plug_in(monkeypatch, RecordedCamera(frames=100))
    clock = iter(range(100))
    monkeypatch.setattr(camera, "now_s", lambda: next(clock) / 8.0)  # 8 frames a second
    told: list[str] = []
    opened = open_source("0").open(told.append)
    for _ in range(60):
        opened.read()
    assert [sentence for sentence in told if "announced" in sentence] == [
        "warning: camera 0 announced 30 fps but delivers 8; more light shortens the exposure; another USB port or a "
        "smaller --size speeds up the transfer"
    ]


def test_a_camera_that_opens_and_sends_nothing_says_what_to_try(monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
    plug_in(monkeypatch, RecordedCamera(frames=0))
    opened = open_source("0").open(print)
    with pytest.raises(SourceError, match=r"delivers no picture from the start: .* plug it into another port"):
        opened.read()


def test_a_camera_that_does_not_open_says_why(monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
    plug_in(monkeypatch, RecordedCamera(opens=False))
    with pytest.raises(SourceError, match=r"is in use by another program .*; `--source demo` needs no camera"):
        open_source("0").open(print)


def test_a_camera_that_is_not_there_is_said() -> None:
    with pytest.raises(SourceError, match=r"camera 77 does not open: `/dev/video77` does not exist; (there|no )"):
        open_source("77").open(print)


def test_a_camera_that_comes_back_under_another_number_is_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch, device: Path, tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(cv2, "VideoCapture", lambda where, backend: opened.append(where) or RecordedCamera())
    monkeypatch.setattr(v4l2, "_BY_ID", tmp_path / "by-id")
    (tmp_path / "by-id").mkdir()
    link = tmp_path / "by-id" / "usb-Webcam-index0"
    link.symlink_to(device)
    source = open_source("0")
    source.open(print)
    device.rename(tmp_path / "video1")
    link.unlink()
    with pytest.raises(SourceError, match="does not exist"):
        source.open(print)
    link.symlink_to(tmp_path / "video1")
    source.open(print)
    assert opened == [str(device), str(link)]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_deep_and_transparent_pictures_become_bgr_bytes(shape: tuple[int, ...], dtype: type) -> None:
    bright = np.full(shape, 200 if dtype is np.uint8 else 200 << 8, dtype)
    image = as_bgr(bright)
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert (image == 200).all()
