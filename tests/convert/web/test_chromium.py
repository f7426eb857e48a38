"""Promises of the browser session where a part is missing; tests/browser drives the real one."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import pytest

from convert.web.chromium import BrowserSession, find_chromium
from convert.web.loopback_server import LoopbackServer
from edge_app.common.errors import MissingDependencyError


def test_a_missing_chromium_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="apt-get install -y chromium"):
        find_chromium()


def test_a_missing_playwright_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'playwright>=1\.49'"), BrowserSession(tmp_path):
        pass


def test_the_server_hands_out_its_folder_and_shared_files_only(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "page.js").write_text("1")
    (folder / "code.wasm").write_bytes(b"2")
    (tmp_path / "picture.jpg").write_bytes(b"3")
    with LoopbackServer(folder) as server:
        server.shared = (tmp_path / "picture.jpg",)
        for name, kind, content in (
            ("page.js", "text/javascript", b"1"),
            ("code.wasm", "application/wasm", b"2"),
            ("photograph/0", "image/jpeg", b"3"),
        ):
            with urllib.request.urlopen(server.url + name) as answer:
                assert answer.headers["Content-Type"] == kind
                assert "Cross-Origin-Opener-Policy" not in answer.headers
                assert answer.read() == content
        for name in ("photograph/1", "../picture.jpg", "photograph/-1"):
            with pytest.raises(urllib.error.HTTPError, match="404") as caught:
                urllib.request.urlopen(server.url + name)
            caught.value.close()


def test_an_isolated_server_sends_both_headers(tmp_path: Path) -> None:
    (tmp_path / "page.js").write_text("1")
    with LoopbackServer(tmp_path, isolated=True) as server, urllib.request.urlopen(server.url + "page.js") as answer:
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
