"""What `--save` writes plays in a browser: with the real ffmpeg, in Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from convert.web.chromium import BrowserSession
from edge_app.__main__ import main
from tests.browser.conftest import python_serves

FRAMES = 45  # at 15 frames per second

PLAY = """async (address) => {
  const film = document.createElement("video");
  film.muted = true;
  film.src = address;
  document.body.append(film);
  try {
    await film.play();
    await new Promise((done, failed) => { film.onended = done; film.onerror = () => failed(film.error); });
  } catch (error) {
    return { error: String(film.error?.message ?? error) };
  }
  return { width: film.videoWidth, height: film.videoHeight, seconds: film.duration, played: film.currentTime };
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
    assert shown["seconds"] == pytest.approx(shown["played"], abs=0.2)
    assert shown["seconds"] > 1.0


def test_without_ffmpeg_it_does_not_and_the_user_is_told(
    empty_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edge_app.sinks.h264.shutil.which", lambda _name: None)
    saved(tmp_path / "labelled.mp4")
    assert "H.264 needs ffmpeg (on Debian: sudo apt install ffmpeg)" in capsys.readouterr().err
    assert "error" in played(tmp_path / "labelled.mp4", empty_page)
