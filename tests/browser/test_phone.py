"""Promises of `fieldlens phone` in Chromium: the camera works over https, with threads, and gives labels."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convert.web.chromium import BrowserSession, launched
from edge_app.photographs.decoder import Image
from tests.browser.conftest import CAMERA_FLAGS, wait_until_ready

TOKEN = "of the garden"


@pytest.fixture
def address(web: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The program serves the bundle of the chain; its address."""
    monkeypatch.setenv("FIELDLENS_WEB_TOKEN", TOKEN)
    command = [sys.executable, "-m", "edge_app", "phone", str(web), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        found = re.search(r"https://\S+", running.stderr.readline())
        assert found is not None
        yield found[0]
        running.terminate()


def test_a_phone_gets_labels_of_its_camera(
    address: str, session: BrowserSession, clip: tuple[Path, list[Image]]
) -> None:
    film = f"--use-file-for-fake-video-capture={clip[0]}"
    with launched(session, (*CAMERA_FLAGS, film, "--ignore-certificate-errors")) as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        wait_until_ready(page)
        assert TOKEN.replace(" ", "%20") not in page.url
        assert page.evaluate("[isSecureContext, crossOriginIsolated]") == [True, True]
        assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
        page.click("#camera")
        page.wait_for_selector("#stage[data-shows=video]")
        page.wait_for_function("() => globalThis.fieldlens.newest()")
        assert page.text_content("#label") in ("cat", "dog", "neither")
        own = address.partition("?")[0]
        assert all(url.startswith((own, "blob:", "data:")) for url in asked)


def test_without_a_trusted_certificate_the_browser_warns(address: str, session: BrowserSession) -> None:
    from playwright.sync_api import Error

    with launched(session, ()) as browser:
        page: Any = browser.new_page()
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto(address)
