"""What `--save` writes plays in a browser: with the real ffmpeg, in Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import pytest

from convert.web.chromium import BrowserSession
from edge_app.__main__ import main
from edge_app.sinks import h264
from tests.browser.conftest import python_serves

FRAMES = 45  # at 15 frames per second

PLAY = """async (address) => {
  const film = document.createElement("video");
  film.muted = true;
  const happens = (what) => new Promise((done, failed) => {
    film.addEventListener(what, done, { once: true });
    film.onerror = () => failed(film.error);
  });
  // http.server knows no ranges, without which nothing can be sought; a whole file in memory can
  film.src = URL.createObjectURL(await (await fetch(address)).blob());
  document.body.append(film);
  const shown = {};
  try {
    await happens("loadedmetadata");
    Object.assign(shown, { width: film.videoWidth, height: film.videoHeight, seconds: film.duration });
    film.currentTime = 1.4;
    await happens("seeked");
    shown.sought = film.currentTime;
    film.currentTime = 0;
    await happens("seeked");
    film.play();
    await happens("ended");
    shown.played = film.currentTime;
  } catch (error) {
    return { error: String(film.error?.message ?? error) };
  }
  return shown;
}"""


def saved(path: Path) -> None:
    words = ["--source", "demo", "--frames", str(FRAMES), "--no-window", "--save", str(path)]
    assert main(words) == 0


def played(path: Path, page: Any) -> dict[str, Any]:
    """Play a film to its end on an empty page of the same server."""
    (path.parent / "index.html").write_text("<!doctype html><title>film</title>")
    with python_serves(path.parent) as address:
        page.goto(address)
        shown: dict[str, Any] = page.evaluate(PLAY, path.name)
    return shown


@pytest.fixture
def empty_page(session: BrowserSession) -> Any:
    """A page of its own, so that the shared one stays as it is."""
    page = session.page.context.new_page()
    yield page
    page.close()


def test_a_saved_film_plays_to_its_end(empty_page: Any, tmp_path: Path) -> None:
    assert shutil.which("ffmpeg"), "`make test-browser` installs it"
    saved(tmp_path / "labelled.mp4")
    shown = played(tmp_path / "labelled.mp4", empty_page)
    assert (shown["width"], shown["height"]) == (640, 480), shown
    assert shown["seconds"] == pytest.approx(FRAMES / 15, abs=0.2), "said before it was played"
    assert shown["sought"] == pytest.approx(1.4, abs=0.1)
    assert shown["played"] == pytest.approx(FRAMES / 15, abs=0.2)


def killed_app(path: Path, seconds: float, ffmpeg_too: bool) -> None:
    """Let the app film a clip in real time, and kill it; give its ffmpeg time to notice."""
    words = [sys.executable, "-m", "edge_app", "--source", "demo", "--pace", "real", "--no-window"]
    app = subprocess.Popen([*words, "--save", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end_s = time.monotonic() + 60.0
    while not path.exists() and time.monotonic() < end_s:
        time.sleep(0.05)
    time.sleep(seconds)
    children = [int(word) for word in Path(f"/proc/{app.pid}/task/{app.pid}/children").read_text().split()]
    encoders = [child for child in children if b"ffmpeg" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(encoders) == 1, app.poll()
    for process in (*encoders, app.pid) if ffmpeg_too else (app.pid,):
        os.kill(process, signal.SIGKILL)
    app.communicate()
    while any(Path(f"/proc/{child}").exists() for child in encoders) and time.monotonic() < end_s:
        time.sleep(0.05)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("ffmpeg_too", [True, False])
def test_a_killed_app_leaves_what_it_filmed_under_the_name(tmp_path: Path, suffix: str, ffmpeg_too: bool) -> None:
    path = tmp_path / f"labelled{suffix}"
    killed_app(path, seconds=4.0, ffmpeg_too=ffmpeg_too)
    shown = [name.name for name in tmp_path.iterdir() if not name.name.startswith(".")]
    assert shown == [path.name]
    capture = cv2.VideoCapture(str(path))
    frames = 0
    while capture.read()[0]:
        frames += 1
    assert frames >= 3.0 * capture.get(cv2.CAP_PROP_FPS)


def test_a_film_whose_app_was_killed_plays(empty_page: Any, tmp_path: Path) -> None:
    killed_app(tmp_path / "labelled.mp4", seconds=4.0, ffmpeg_too=True)
    shown = played(tmp_path / "labelled.mp4", empty_page)
    assert shown["played"] > 3.0, shown


def test_an_encoder_that_is_listed_and_has_no_device_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = subprocess.run(["ffmpeg", "-hide_banner", "-encoders"], capture_output=True, text=True, check=True).stdout
    assert "h264_v4l2m2m" in listed
    board, x264 = "h264_v4l2m2m", "libx264"
    monkeypatch.setattr(h264, "_ENCODERS", {name: h264._ENCODERS[name] for name in (board, x264)})
    assert h264.h264_encoder() == (shutil.which("ffmpeg"), x264)
    monkeypatch.setattr(h264, "_ENCODERS", {board: h264._ENCODERS[board]})
    assert h264.h264_encoder() is None


def test_without_ffmpeg_it_does_not_and_the_user_is_told(
    empty_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edge_app.sinks.h264.shutil.which", lambda _name: None)
    saved(tmp_path / "labelled.mp4")
    assert "H.264 needs ffmpeg (on Debian: sudo apt install ffmpeg)" in capsys.readouterr().err
    assert "error" in played(tmp_path / "labelled.mp4", empty_page)
