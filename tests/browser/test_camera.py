"""Promises of the camera: what the page says of a frame is what Python says of it, and a refusal is explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from convert.web.chromium import BrowserSession
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image
from tests.browser.conftest import CAMERA_FLAGS, TO_BASE64, from_base64
from tests.conftest import Chain

NEWEST = f"""async (before) => {{
  while (globalThis.fieldlens.newest() === before || !globalThis.fieldlens.newest()) {{
    await new Promise((resolve) => setTimeout(resolve, 5));
  }}
  const {{ pixels, scores }} = globalThis.fieldlens.newest();
  const label = document.querySelector("#label").textContent;
  return [pixels.width, pixels.height, ({TO_BASE64})(pixels.data), Array.from(scores), label];
}}"""


@pytest.fixture(scope="module")
def filmed(
    web: Path, clip: tuple[Path, list[Image]], open_beside: Callable[..., BrowserSession]
) -> Iterator[BrowserSession]:
    """A page whose camera plays the clip."""
    with open_beside(web, flags=(*CAMERA_FLAGS, f"--use-file-for-fake-video-capture={clip[0]}")) as session:
        yield session


@pytest.fixture
def film(filmed: BrowserSession) -> Any:
    """The page of that camera, loaded anew."""
    filmed.load()
    return filmed.page


def test_labels_of_frames_are_those_of_python(film: Any, chain: Chain, clip: tuple[Path, list[Image]]) -> None:
    page, classifier = film, Classifier(chain.models / "tiny-int8.tflite")
    scenes = clip[1]
    page.click("#camera")
    page.wait_for_selector("#stage[data-shows=video]")
    page.uncheck("#steady")  # every frame speaks for itself
    seen = set()
    for _ in range(24):
        width, height, text, scores, label = page.evaluate(NEWEST)
        assert (width, height) == (640, 480)
        frame_bgr = np.asarray(cv2.cvtColor(from_base64(text).reshape(height, width, 4), cv2.COLOR_RGBA2BGR), np.uint8)
        assert label == classifier.classify(frame_bgr).label
        np.testing.assert_allclose(classifier.scores(frame_bgr), scores, atol=0.02)
        distances = [float(np.abs(frame_bgr.astype(int) - scene.astype(int)).mean()) for scene in scenes]
        nearest, next_one = sorted(distances)[:2]
        assert nearest < 12.0  # halved colours and the narrow range of video, mean levels
        assert next_one > 40.0
        seen.add(int(np.argmin(distances)))
        page.wait_for_timeout(150)
    assert len(seen) >= 3  # it followed the clip
    assert float(page.inner_text("#fps")) > 1.0
    page.click("#camera")
    assert page.get_attribute("#stage", "data-shows") == "nothing"
    assert page.inner_text("#camera") == "Start the camera"


def test_the_camera_can_be_chosen_mirrored_and_left_for_a_photograph(film: Any, full_size: list[Path]) -> None:
    page = film
    page.click("#camera")
    page.wait_for_selector("#stage[data-shows=video]")
    page.wait_for_function("() => document.querySelectorAll('#which-camera option').length >= 1")
    assert "clip.mjpeg" in page.inner_text("#which-camera")  # the name of this camera
    page.check("#mirror")
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('#video')).transform")
        == "matrix(-1, 0, 0, 1, 0, 0)"
    )
    page.uncheck("#mirror")
    page.set_input_files("#file", full_size[0])
    page.wait_for_selector("#stage[data-shows=picture]")
    assert page.evaluate("() => document.querySelector('#video').srcObject") is None
    assert page.is_hidden("#camera-options")


def sentence_after_start(page: Any) -> str:
    page.click("#camera")
    page.wait_for_selector("#problem:not([hidden])")
    return str(page.inner_text("#problem"))


def test_a_denied_camera_is_explained(web: Path, open_beside: Callable[..., BrowserSession]) -> None:
    with open_beside(web, flags=("--use-fake-device-for-media-stream",)) as session:  # nobody allows it
        assert sentence_after_start(session.page).startswith("Access to the camera was denied. Allow it for this page")


def test_a_missing_camera_is_explained(web: Path, open_beside: Callable[..., BrowserSession]) -> None:
    flags = ("--use-fake-device-for-media-stream=device-count=0", "--use-fake-ui-for-media-stream")
    with open_beside(web, flags=flags) as session:
        assert sentence_after_start(session.page).startswith("No camera was found.")


def test_an_insecure_page_is_told_so(web: Path, open_beside: Callable[..., BrowserSession]) -> None:
    """By the name of another computer, as a phone in the same network would come."""
    with open_beside(web, flags=("--host-resolver-rules=MAP laptop.test 127.0.0.1",)) as session:
        session.page.context.unroute_all()
        session.page.goto(session.url.replace("127.0.0.1", "laptop.test"))
        session.page.evaluate("async () => { await globalThis.fieldlens.ready; }")
        assert sentence_after_start(session.page).startswith("Browsers allow cameras only on https:// pages")
        assert session.page.text_content("#threads").startswith("one; browsers allow more only on https:// pages")


def test_an_unplugged_camera_is_told(film: Any) -> None:
    page = film
    page.click("#camera")
    page.wait_for_selector("#stage[data-shows=video]")
    page.evaluate(
        "() => document.querySelector('#video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
    )
    assert page.inner_text("#problem").startswith("The camera was disconnected.")
    assert page.get_attribute("#stage", "data-shows") != "video"
