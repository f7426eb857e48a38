"""What is saved is H.264 where ffmpeg is installed, whole after every end, and the loop does not wait for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import OutputError, SourceError
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
    tried, encoded, copied = calls(ffmpeg_stand_in)
    assert tried[-3:] == ["-f", "null", "-"]
    text = " ".join(encoded)
    drawn = display_example(image_bgr=FRAME).drawn_bgr()
    assert f"-f rawvideo -pix_fmt bgr24 -s {drawn.shape[1]}x{drawn.shape[0]} -r 12.5 -i pipe:0" in text
    assert "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2 -pix_fmt yuv420p -c:v libx264" in text
    assert "-g 12 -flush_packets 1 -movflags +frag_keyframe+empty_moov+default_base_moof" in text
    assert "-c copy -movflags +faststart" in " ".join(copied)
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
    """The encoder reads nothing until the loop has written; if that never happens, it gives up and complains."""
    program, written = tmp_path / "ffmpeg", tmp_path / "written"
    wait = f"for _ in $(seq 600); do [ -e '{written}' ] && exec cat > /dev/null; sleep 0.05; done"
    program.write_text(f"#!/bin/sh\n{wait}\nexit 1\n")
    program.chmod(0o755)
    frame = np.zeros((480, 640, 3), np.uint8)  # far more than a pipe holds
    writer = H264Writer((str(program), "libx264"), tmp_path / "out.mp4", 10.0, (640, 480))
    for _ in range(5):
        writer.write(frame)
    written.touch()
    assert writer.release() is None


def test_an_encoder_that_does_not_work_here_is_passed_over(
    ffmpeg_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ffmpeg -encoders` lists h264_v4l2m2m where there is no such device, and x264 not in every build."""
    program = str(ffmpeg_stand_in / "ffmpeg")
    for works, found in (("libx264 h264_v4l2m2m", "libx264"), ("h264_v4l2m2m", "h264_v4l2m2m"), ("libvpx", None)):
        (ffmpeg_stand_in / "works").write_text(works)
        assert h264_encoder() == (None if found is None else (program, found))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert h264_encoder() is None


def test_without_an_encoder_that_works_no_frame_is_lost(
    ffmpeg_stand_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ffmpeg_stand_in / "works").write_text("")
    film(tmp_path / "out.mp4", frames=7)
    assert frames_of(tmp_path / "out.mp4") == 7
    told = capsys.readouterr().err
    assert "this ffmpeg has no encoder for H.264 that works here; if the run is killed, the video is lost" in told


def film(path: Path, frames: int, overwrite: bool = False) -> None:
    with VideoSink(path, 10.0, overwrite) as sink:
        for _ in range(frames):
            sink.consume(display_example(image_bgr=FRAME))


def test_a_film_that_cannot_be_copied_stays_as_it_was_written(
    ffmpeg_stand_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ffmpeg_stand_in / "cannot copy").touch()
    film(tmp_path / "out.mp4", frames=3)
    assert frames_of(tmp_path / "out.mp4") == 3
    assert "has no index, and players may not know its length: No such muxer" in capsys.readouterr().err
    assert [left.name for left in tmp_path.iterdir()] == ["out.mp4"]


def test_an_error_of_the_run_keeps_the_film_and_is_not_hidden(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="camera"), VideoSink(tmp_path / "out.mp4", 10.0) as sink:
        sink.consume(display_example(image_bgr=FRAME))
        raise SourceError("the camera is gone")
    assert frames_of(tmp_path / "out.mp4") == 1


def test_two_runs_never_share_a_film(ffmpeg_stand_in: Path, tmp_path: Path) -> None:
    with VideoSink(tmp_path / "out.mp4", 10.0) as sink:
        sink.consume(display_example(image_bgr=FRAME))
        with pytest.raises(OutputError, match="being written by another run"), VideoSink(tmp_path / "out.mp4", 10.0):
            raise AssertionError("it was opened")
    assert frames_of(tmp_path / "out.mp4") == 1


KILLED = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from edge_app.sinks.video import VideoSink
from tests.edge_app.display.display_examples import display_example

path, size = Path(sys.argv[1]), (240, 320, 3)
rng = np.random.default_rng(0)
with VideoSink(path, 10.0, overwrite=True) as sink:
    old = path.read_bytes()
    for _ in range(150):
        sink.consume(display_example(image_bgr=rng.integers(0, 255, size, dtype=np.uint8)))
    end_s = time.monotonic() + (0.5 if path.suffix == ".mp4" else 60)
    while path.read_bytes() == old and time.monotonic() < end_s:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".mp4"])
def test_of_a_killed_run_without_ffmpeg_avi_and_mkv_stay_and_mp4_is_lost(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"older")
    words = [sys.executable, "-c", KILLED, str(path)]
    ended = subprocess.run(words, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    if suffix == ".mp4":
        assert "if the run is killed, the video is lost (one that ends with .avi or .mkv is not)" in ended.stderr
        assert path.read_bytes() == b"older"
    else:
        assert frames_of(path) > 75
