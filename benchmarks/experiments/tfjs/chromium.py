"""TF.js models in headless Chromium: a loopback server of local files, and one fresh browser for each page load."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import MissingDependencyError

_PAGE = Path(__file__).parent / "page.html"
_PACKAGES = (
    "tfjs-core/dist/tf-core.min.js",
    "tfjs-converter/dist/tf-converter.min.js",
    "tfjs-backend-cpu/dist/tf-backend-cpu.min.js",
    "tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
)
_TIMEOUT_MS = 300_000


@dataclass(frozen=True)
class Work:
    """What one page load does.

    Attributes:
        backend: `wasm` or `cpu`.
        warmups: predictions that are not timed, after every photograph was classified once.
        predictions: timed ones, photograph after photograph.
        scale: pixels are multiplied by it.
        offset: and this is added.
    """

    backend: str = "wasm"
    warmups: int = 5
    predictions: int = 40
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class PageLoad:
    """What one page load reported.

    Attributes:
        version: of TF.js.
        backend: that ran.
        threads: of the wasm backend.
        isolated: whether the page was cross-origin isolated, without which wasm has one thread.
        input_names: of the model.
        output_names: of the model.
        load_s: time of `tf.loadGraphModel`.
        probabilities: (photographs, classes).
        times_s: of the timed predictions.
    """

    version: str
    backend: str
    threads: int | None
    isolated: bool
    input_names: list[str]
    output_names: list[str]
    load_s: float
    probabilities: list[list[float]]
    times_s: list[float]


def check_installed(node_modules: Path, chromium: str | None) -> str:
    """Return the path of Chromium, once Playwright, Chromium and TF.js are found.

    Args:
        node_modules: folder that npm installed `@tensorflow/tfjs-core`, `-converter` and `-backend-wasm` into.
        chromium: the executable; None: `chromium` of the search path.

    Raises:
        MissingDependencyError: one is missing.
    """
    try:
        import playwright.sync_api  # noqa: F401 - whether it is there
    except ImportError as error:
        raise MissingDependencyError("Playwright is not installed; it needs: pip install --group browser") from error
    executable = shutil.which(chromium or "chromium")
    if executable is None:
        raise MissingDependencyError(f"there is no `{chromium or 'chromium'}`; it needs: apt-get install chromium")
    for name in _PACKAGES:
        if not (node_modules / "@tensorflow" / name).is_file():
            raise MissingDependencyError(
                f"`{node_modules}` has no @tensorflow/{name}; it needs: npm install --prefix {node_modules.parent} "
                "@tensorflow/tfjs-converter@4.22.0 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0"
            )
    return executable


@contextmanager
def site(node_modules: Path, models: Mapping[str, Path], photographs_rgb: npt.NDArray[np.uint8]) -> Iterator[str]:
    """Serve the page, TF.js, models and photographs on loopback; yield the address.

    Args:
        node_modules: of npm.
        models: folder of a graph model by name; it is served as `/models/NAME/`.
        photographs_rgb: (photographs, height, width, 3) uint8, served as `/photographs`.
    """
    folders = {"npm": node_modules / "@tensorflow", **{f"models/{name}": path for name, path in models.items()}}
    handler = partial(_Handler, folders, photographs_rgb.tobytes())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def load_page(address: str, model: str, shape: tuple[int, ...], work: Work, chromium: str) -> PageLoad:
    """Start a browser, load the page once and measure.

    Args:
        address: from `site`.
        model: its name there.
        shape: of the photographs.
        work: what to do.
        chromium: path of the executable.
    """
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to sandbox as root
    order: dict[str, Any] = {**work.__dict__, "model": f"/models/{model}/model.json", "photographs": "/photographs"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        try:
            page = browser.new_page()
            page.set_default_timeout(_TIMEOUT_MS)
            page.goto(f"{address}/")
            return PageLoad(**page.evaluate("measure", {**order, "shape": list(shape)}))
        finally:
            browser.close()


class _Handler(SimpleHTTPRequestHandler):
    """Serves `/` (the page), `/photographs`, and files below named folders."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm"}  # noqa: RUF012 - as its base

    def __init__(self, folders: Mapping[str, Path], photographs: bytes, *arguments: Any) -> None:
        self._folders, self._photographs = folders, photographs
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.path == "/photographs":
            self._send("application/octet-stream", self._photographs)
        elif self.path == "/":
            self._send("text/html; charset=utf-8", _PAGE.read_bytes())
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        for prefix, folder in self._folders.items():
            if path.startswith(f"/{prefix}/"):
                self.directory = str(folder)
                return super().translate_path(path.removeprefix(f"/{prefix}"))
        return os.devnull + "/nothing"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Stay silent."""

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
