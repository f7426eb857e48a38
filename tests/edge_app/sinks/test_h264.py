"""What is saved is H.264 where ffmpeg is installed, whole after every end, and the loop does not wait for it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import OutputError
from edge_app.sinks.h264 import H264Writer, h264_encoder
from edge_app.sinks.video import VideoSink
from tests.edge_app.display.display_examples import display_example, frame_bgr

FRAME = frame_bgr(0, 97, 65)


def frames_of(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def calls(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]


def test_ffmpeg_gets_every_frame_and_makes_what_browsers_play(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    path = tmp_path / "my film ü.mp4"
    with VideoSink(path, 12.5) as sink:
        for _ in range(30):
            assert sink.consume(display_example(image_bgr=FRAME))
    assert frames_of(path) == 30
    asked, encoded = calls(ffmpeg_stand_in)
    assert asked == ["-hide_banner", "-encoders"]
    text = " ".join(encoded)
    drawn = display_example(image_bgr=FRAME).drawn_bgr()
    assert f"-f rawvideo -pix_fmt bgr24 -s {drawn.shape[1]}x{drawn.shape[0]} -r 12.5 -i pipe:0" in text
    assert "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2 -pix_fmt yuv420p -c:v libx264" in text
    assert "-movflags +faststart" in text
    assert [left.name for left in tmp_path.iterdir()] == [path.name]


def test_ctrl_c_keeps_what_was_filmed(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt), VideoSink(path, 10.0) as sink:
        for _ in range(5):
            sink.consume(display_example(image_bgr=FRAME))
        raise KeyboardInterrupt
    assert frames_of(path) == 5


def test_an_avi_needs_no_ffmpeg(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    with VideoSink(tmp_path / "out.avi", 10.0) as sink:
        sink.consume(display_example(image_bgr=FRAME))
    assert frames_of(tmp_path / "out.avi") == 1
    assert not (ffmpeg_stand_in / "calls.jsonl").exists()


def test_an_encoder_that_fails_ends_the_video_and_not_the_run(
    ffmpeg_stand_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ffmpeg_stand_in / "fails").touch()
    with VideoSink(tmp_path / "out.mp4", 10.0) as sink:
        end_s = time.monotonic() + 20.0
        while not sink.stopped and time.monotonic() < end_s:
            assert sink.consume(display_example(image_bgr=FRAME))
        assert sink.consume(display_example(image_bgr=FRAME))
    told = capsys.readouterr().err
    assert "No space left on device); classifying continues" in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_at_the_end_is_one_sentence(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    (ffmpeg_stand_in / "fails").touch()
    with pytest.raises(OutputError, match="No space left on device"), VideoSink(tmp_path / "out.mp4", 10.0) as sink:
        sink.consume(display_example(image_bgr=FRAME))
    assert list(tmp_path.iterdir()) == []


def test_the_loop_does_not_wait_for_a_slow_encoder(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nsleep 1\nexec cat > /dev/null\n")
    program.chmod(0o755)
    frame = np.zeros((480, 640, 3), np.uint8)  # far more than a pipe holds
    start_s = time.monotonic()
    writer = H264Writer((str(program), "libx264"), tmp_path / "out.mp4", 10.0, (640, 480))
    for _ in range(5):
        writer.write(frame)
    assert time.monotonic() - start_s < 0.9
    assert writer.release() is None


def test_without_a_program_or_an_encoder_in_it_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert h264_encoder() is None
    program = tmp_path / "ffmpeg"
    for listed, found in (("libvpx", None), ("h264_v4l2m2m", "h264_v4l2m2m"), ("h264_v4l2m2m libx264", "libx264")):
        program.write_text(f"#!/bin/sh\necho ' V..... {listed} '\n")
        program.chmod(0o755)
        assert h264_encoder() == (None if found is None else (str(program), found))
