"""Promises of recordings and snapshots: a full disk ends the video and not the run; nothing half-made stays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import OutputError
from edge_app.display.controls import Controls
from edge_app.sinks import video
from edge_app.sinks.key_captures import KeyCaptureSink
from edge_app.sinks.video import VideoSink
from tests.edge_app.display.display_examples import display_example, frame_bgr

FRAME = frame_bgr(0, 128, 96)


@pytest.fixture(params=["ffmpeg", "OpenCV"], autouse=True)
def encoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every promise holds with ffmpeg (a stand-in for it) and without."""
    if request.param == "ffmpeg":
        request.getfixturevalue("ffmpeg_stand_in")
    else:
        monkeypatch.setenv("PATH", "")
    return str(request.param)


def frames_of(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is a real one, and has less free than is asked for; every frame looks."""
    monkeypatch.setattr(video, "_RESERVE_BYTES", 1 << 60)
    monkeypatch.setattr(video, "_LOOK_PERIOD_S", 0.0)


def test_a_disk_that_fills_ends_the_video_keeps_it_and_goes_on(
    tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.mp4"
    with VideoSink(path, 10.0) as sink:
        for _ in range(5):
            assert sink.consume(display_example(image_bgr=FRAME))
        full_disk(monkeypatch)
        for _ in range(5):
            assert sink.consume(display_example(image_bgr=FRAME))
        assert path.exists()
    assert frames_of(path) == 5
    told = capsys.readouterr().err
    assert told.count("\n") == 2
    assert ("browsers will not play" in told) == (encoder == "OpenCV")
    assert ("the disk is too full for a copy: players may not know its length" in told) == (encoder == "ffmpeg")
    assert "the video ends here and is kept; classifying continues" in told
    assert [left.name for left in tmp_path.iterdir()] == ["out.mp4"]


def test_a_disk_that_is_full_before_the_first_frame_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk(monkeypatch)
    with pytest.raises(OutputError, match="too few for a video"), VideoSink(tmp_path / "out.mp4", 10.0) as sink:
        sink.consume(display_example(image_bgr=FRAME))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_before_the_first_frame(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"out\.mp4"), VideoSink(tmp_path / "file" / "out.mp4", 10.0):
        raise AssertionError("it was opened")


def test_the_key_records_frames_and_ends_the_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    controls = Controls()
    recorder = KeyCaptureSink(controls, tmp_path)
    recorder.consume(display_example(image_bgr=FRAME))
    assert controls.recorded_s is None
    for press in (True, False):
        controls.press(ord("v"))
        for _ in range(3 if press else 1):
            recorder.consume(display_example(image_bgr=FRAME))
        assert (controls.recorded_s is not None) is press
    (path,) = tmp_path.iterdir()
    assert frames_of(path) == 3
    assert f"video saved: {path}" in capsys.readouterr().err


def test_a_recording_on_a_full_disk_is_given_up_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_disk(monkeypatch)
    controls = Controls()
    recorder = KeyCaptureSink(controls, tmp_path)
    controls.press(ord("v"))
    recorder.consume(display_example(image_bgr=FRAME))
    assert not controls.recording
    assert "not recorded" in controls.notice
    assert "not recorded" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_recording_ends_with_the_disk_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls()
    recorder = KeyCaptureSink(controls, tmp_path)
    controls.press(ord("v"))
    recorder.consume(display_example(image_bgr=FRAME))
    full_disk(monkeypatch)
    recorder.consume(display_example(image_bgr=FRAME))
    assert not controls.recording
    assert "disk is nearly full" in controls.notice
    recorder.__exit__(None, None, None)
    assert [frames_of(path) for path in tmp_path.iterdir()] == [1]


def test_a_snapshot_is_what_is_seen(tmp_path: Path) -> None:
    display_frame, controls = display_example(image_bgr=FRAME), Controls()
    controls.press(ord("s"))
    KeyCaptureSink(controls, tmp_path).consume(display_frame)
    (path,) = tmp_path.iterdir()
    np.testing.assert_array_equal(cv2.imread(str(path)), display_frame.drawn_bgr())
    assert str(path) in controls.notice


def test_a_snapshot_that_cannot_be_written_is_said_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    controls = Controls()
    controls.press(ord("s"))
    assert KeyCaptureSink(controls, tmp_path / "file").consume(display_example())
    assert controls.notice.startswith("no snapshot: ")
