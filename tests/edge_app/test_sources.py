"""Promises of the sources: recognised by what the user wrote, every fault a sentence."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.errors import SourceError
from edge_app.sources import open_source
from edge_app.sources.camera import CameraSource, list_cameras
from edge_app.sources.pictures import PictureSource
from edge_app.sources.video import VideoSource


def write_picture(path: Path, value: int = 128) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((20, 30, 3), value, np.uint8))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Five frames of growing brightness, 10 frames a second."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for number in range(5):
        writer.write(np.full((48, 64, 3), 40 * number, np.uint8))
    writer.release()
    return path


def test_a_folder_gives_its_pictures_in_order_with_subfolders(tmp_path: Path) -> None:
    for name in ("b.png", "a.jpg", "deep/c.bmp"):
        write_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    with open_source(str(tmp_path)) as source:
        names = [Path(frame.source).name for frame in source.frames()]
    assert names == ["a.jpg", "b.png", "c.bmp"]


def test_a_glob_gives_what_matches(tmp_path: Path) -> None:
    for name in ("cat.1.png", "cat.2.png", "dog.1.png"):
        write_picture(tmp_path / name)
    with open_source(str(tmp_path / "cat.*")) as source:
        assert [Path(frame.source).name for frame in source.frames()] == ["cat.1.png", "cat.2.png"]


def test_broken_pictures_are_skipped_and_listed_never_the_end(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_text("this is text")
    whole = write_picture(tmp_path / "c.png")
    (tmp_path / "d.png").write_bytes(whole.read_bytes()[:60])
    with open_source(str(tmp_path)) as source:
        numbers = [frame.number for frame in source.frames()]
        skipped = list(source.skipped)
    assert numbers == [0, 2]
    assert len(skipped) == 2
    assert "b.jpg" in skipped[0]
    assert "d.png" in skipped[1]


def test_nothing_readable_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("text")
    with pytest.raises(SourceError, match=r"none of the 1 pictures can be read"), open_source(str(tmp_path)) as source:
        list(source.frames())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("missing.mp4", "`missing.mp4` does not exist"),
        ("nothing/*.jpg", "`nothing/\\*.jpg` matches no picture"),
    ],
)
def test_what_is_not_there_is_said(text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=sentence):
        open_source(text)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        open_source(str(tmp_path))


def test_a_video_gives_every_frame_and_its_rate(clip: Path) -> None:
    with open_source(str(clip)) as source:
        assert isinstance(source, VideoSource)
        frames = list(source.frames())
        assert source.fps == pytest.approx(10.0)
    assert [frame.number for frame in frames] == [0, 1, 2, 3, 4]
    brightness = [int(frame.image_bgr.mean()) for frame in frames]
    assert brightness == sorted(brightness)
    assert brightness[4] - brightness[0] == pytest.approx(160, abs=6)


@pytest.mark.parametrize("name", ["talk.mp4", "notes.txt"])
def test_a_text_is_no_video_though_ffmpeg_would_film_its_letters(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("once upon a time\n" * 200)
    with pytest.raises(SourceError, match=f"{name}` is text, no video"):
        open_source(str(path))


def test_bytes_that_are_no_video_are_said(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(bytes(range(64)))
    with pytest.raises(SourceError, match=r"is no video that OpenCV can decode \(64 bytes\); try: ffmpeg"):
        open_source(str(path))


def test_the_drawn_camera_is_endless_and_always_the_same_film() -> None:
    with open_source("demo") as first, open_source("demo") as second:
        ones = [frame for frame, _ in zip(first.frames(), range(3), strict=False)]
        twos = [frame for frame, _ in zip(second.frames(), range(3), strict=False)]
    assert [frame.source for frame in ones] == ["demo"] * 3
    for one, two in zip(ones, twos, strict=True):
        assert one.image_bgr.shape == (480, 640, 3)
        np.testing.assert_array_equal(one.image_bgr, two.image_bgr)


def test_a_camera_that_is_not_there_is_said() -> None:
    with pytest.raises(SourceError, match=r"camera 77 does not open: `/dev/video77` does not exist; (try|no camera)"):
        open_source("77")


class RecordedCamera:
    """Stands in for `cv2.VideoCapture`: keeps the order of calls, gives two frames, then goes away."""

    def __init__(self, calls: list[str], opens: bool = True) -> None:
        self.calls = calls
        self._opens = opens
        self._left = 2

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return self._opens

    def set(self, prop: int, value: float) -> bool:
        self.calls.append(f"set {prop} {value:.0f}")
        return True

    def get(self, prop: int) -> float:
        return 30.0

    def read(self) -> tuple[bool, object]:
        self.calls.append("read")
        if not self._left:
            return False, None
        self._left -= 1
        return True, np.zeros((48, 64, 3), np.uint8)

    def release(self) -> None:
        self.calls.append("release")


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opens: bool = True) -> list[str]:
    calls: list[str] = []
    device = tmp_path / "video0"
    device.touch()
    monkeypatch.setattr("edge_app.sources.camera._device_file", lambda name: device)
    monkeypatch.setattr(cv2, "VideoCapture", lambda *arguments: RecordedCamera(calls, opens))
    return calls


def test_a_camera_is_asked_for_mjpeg_first_then_size_and_is_released(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = stand_in(monkeypatch, tmp_path)
    with pytest.raises(SourceError, match="camera 0 gives no picture after 2 frames"), open_source("0") as source:
        assert isinstance(source, CameraSource)
        assert source.live
        for _ in source.frames():
            pass
    mjpeg = cv2.VideoWriter.fourcc(*"MJPG")
    assert calls == [
        f"set {cv2.CAP_PROP_FOURCC} {mjpeg}",
        f"set {cv2.CAP_PROP_FRAME_WIDTH} 640",
        f"set {cv2.CAP_PROP_FRAME_HEIGHT} 480",
        "read",
        "read",
        "read",
        "release",
    ]


def test_a_camera_that_does_not_open_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path, opens=False)
    with pytest.raises(SourceError, match="is in use by another program"):
        open_source("0")


def test_cameras_are_listed_without_opening_them() -> None:
    assert all(line.startswith("/dev/video") for line in list_cameras())


def test_a_picture_is_a_source_of_one_frame(tmp_path: Path) -> None:
    with open_source(str(write_picture(tmp_path / "one.png", 200))) as source:
        assert isinstance(source, PictureSource)
        frames = list(source.frames())
    assert len(frames) == 1
    assert frames[0].image_bgr.mean() == pytest.approx(200)
