"""What the browser tests share: a bundle of the tiny run, a page of it in Chromium, and a clip for the fake camera."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from convert.web.chromium import BrowserSession
from edge_app.photographs.decoder import Image
from tests.conftest import Chain

SCENES, FRAMES_PER_SCENE = 6, 15
CAMERA_FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="session")
def web(chain: Chain) -> Path:
    """The bundle, by the command line; TF.js and LiteRT.js come from npm."""
    from convert.__main__ import main

    assert main(["web", str(chain.models)]) == 0
    return chain.models / "web"


@pytest.fixture(scope="session")
def session(web: Path) -> Iterator[BrowserSession]:
    """One page for all tests that leave it as it was."""
    with BrowserSession(web) as opened:
        yield opened


@pytest.fixture(scope="session")
def open_beside(session: BrowserSession) -> Callable[..., BrowserSession]:
    """Another browser, with the settings of a test."""
    return partial(BrowserSession, beside=session)


@pytest.fixture
def page(session: BrowserSession) -> Any:
    """The page, loaded anew."""
    session.page.set_viewport_size({"width": 1280, "height": 900})
    session.load()
    session.page.bring_to_front()  # choosing a file needs the focus
    return session.page


@pytest.fixture(scope="session")
def full_size(data_folder: Path) -> list[Path]:
    """240 photographs as they were taken."""
    found = sorted((data_folder / "dogs_vs_cats_full_size").rglob("*.jpg"))
    assert len(found) >= 200
    return found


@pytest.fixture(scope="session")
def clip(full_size: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Image]]:
    """A clip for the fake camera, and its scenes."""
    scenes = [cv2.resize(cv2.imread(str(path)), (640, 480)) for path in full_size[:: len(full_size) // SCENES][:SCENES]]
    path = tmp_path_factory.mktemp("clip") / "clip.mjpeg"
    frames = [cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() for scene in scenes]
    path.write_bytes(b"".join(frame for frame in frames for _ in range(FRAMES_PER_SCENE)))
    return path, scenes


@contextmanager
def python_serves(folder: Path) -> Iterator[str]:
    """Python's own server, which sends no header that isolates; yields its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
            assert address is not None
            yield address[0]
        finally:
            server.terminate()


def wait_until_ready(page: Any) -> None:
    """Wait for a model, after the page's own reload if there is one."""
    page.wait_for_function("() => globalThis.fieldlens?.stays()")
    page.evaluate("async () => { await fieldlens.ready; }")


def rgba_base64(image_bgr: Image) -> str:
    """Pixels as a page can take them."""
    return base64.b64encode(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGBA).tobytes()).decode()


def from_base64(text: str, dtype: Any = np.uint8) -> Any:
    return np.frombuffer(base64.b64decode(text), dtype)


TO_BASE64 = """(typed) => {
  const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""
