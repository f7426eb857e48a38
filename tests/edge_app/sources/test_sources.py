"""Promises of the sources: recognised by what the user wrote, every fault a sentence."""

from __future__ import annotations

import threading
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.common.errors import SourceError
from edge_app.sources.frames import CaptureOptions
from edge_app.sources.newest_frame import NewestFrameReader
from edge_app.sources.opening import open_source, read_frames
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


def test_frames_are_read_in_a_line_whatever_the_source(clip: Path, tmp_path: Path) -> None:
    assert [frame.number for frame in read_frames(str(clip))] == [0, 1, 2, 3, 4]
    assert [frame.image_bgr.shape for frame in islice(read_frames("demo"), 2)] == [(480, 640, 3)] * 2
    with pytest.raises(SourceError, match="does not exist"):
        next(read_frames(str(tmp_path / "nothing.mp4")))


def test_a_live_source_gives_its_camera_back_when_its_frames_are_closed() -> None:
    before = set(threading.enumerate())
    camera = read_frames("demo", CaptureOptions(demo_fps=200.0))
    numbers = [frame.number for frame in islice(camera, 3)]
    readers = set(threading.enumerate()) - before
    assert readers
    camera.close()
    assert numbers == sorted(set(numbers))
    assert not [reader for reader in readers if reader.join(timeout=5.0) or reader.is_alive()]


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
    with pytest.raises(SourceError, match=f"{name}` is text, not a video"):
        open_source(str(path))


def test_bytes_that_are_no_video_are_said(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(bytes(range(64)))
    with pytest.raises(SourceError, match=r"is not a video that OpenCV can decode \(64 bytes\); try: ffmpeg"):
        open_source(str(path))


def test_the_drawn_camera_is_endless_and_always_the_same_film() -> None:
    with open_source("demo") as first, open_source("demo") as second:
        ones = [frame for frame, _ in zip(first.frames(), range(3), strict=False)]
        twos = [frame for frame, _ in zip(second.frames(), range(3), strict=False)]
    assert [frame.source for frame in ones] == ["demo"] * 3
    for one, two in zip(ones, twos, strict=True):
        assert one.image_bgr.shape == (480, 640, 3)
        np.testing.assert_array_equal(one.image_bgr, two.image_bgr)


def test_a_folder_and_a_video_begin_again_when_asked_to(tmp_path: Path, clip: Path) -> None:
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / "pictures" / name)
    (tmp_path / "pictures" / "c.png").write_text("text")
    with open_source(str(tmp_path / "pictures"), CaptureOptions(loop=True)) as source:
        numbers = [frame.number for frame, _ in zip(source.frames(), range(5), strict=False)]
        assert len(source.skipped) == 1
    assert numbers == [0, 1, 3, 4, 6]
    with open_source(str(clip), CaptureOptions(loop=True)) as source:
        frames = [frame for frame, _ in zip(source.frames(), range(12), strict=False)]
    assert [frame.number for frame in frames] == list(range(12))
    assert abs(int(frames[10].image_bgr.mean()) - int(frames[0].image_bgr.mean())) <= 2


def test_a_video_in_real_time_takes_its_time_and_ends(clip: Path) -> None:
    with NewestFrameReader(open_source(str(clip), CaptureOptions(pace="real")), print) as feed:
        assert feed.fps == pytest.approx(10.0)
        begin_s = time.perf_counter()
        frames = list(feed.frames())
    assert frames[-1].number == 4
    assert len(frames) + feed.dropped == 5
    assert frames[-1].captured_at_s - begin_s > 0.2  # it was due 0.4 s after the first, which entering waited for


def test_the_drawn_camera_can_behave_like_a_camera() -> None:
    with NewestFrameReader(open_source("demo", CaptureOptions(demo_fps=50.0)), print) as feed:
        assert feed.fps == 50.0
        first, *_, last = [frame for frame, _ in zip(feed.frames(), range(6), strict=False)]
    assert first.source == last.source == "demo"
    assert last.captured_at_s - first.captured_at_s >= 3 / 50


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--size", "640"], "a size like 640x480 is needed, received `640`"),
        (["--size", "0x480"], "a size like 640x480"),
        (["--camera-fps", "many"], "a number of frames per second from 0.01 to 1000 is needed, received `many`"),
        (["--demo-fps", "0"], "received `0`"),
        (["--pace", "slow"], "`slow` is none of fast, real"),
    ],
)
def test_wishes_that_cannot_be_meant_are_refused(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["model.tflite", *words])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_picture_is_a_source_of_one_frame(tmp_path: Path) -> None:
    with open_source(str(write_picture(tmp_path / "one.png", 200))) as source:
        assert isinstance(source, PictureSource)
        frames = list(source.frames())
    assert len(frames) == 1
    assert frames[0].image_bgr.mean() == pytest.approx(200)
