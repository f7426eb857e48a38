"""A TF.js model in headless Chromium: one fresh browser for each page load, fed from this machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from convert.web import chromium
from convert.web.loopback_server import LoopbackServer
from edge_app.common.errors import MissingDependencyError

_PAGE = Path(__file__).parent / "tfjs_page.html"
_PHOTOGRAPHS = "photographs"
_PACKAGES = (
    "tfjs-core/dist/tf-core.min.js",
    "tfjs-converter/dist/tf-converter.min.js",
    "tfjs-backend-cpu/dist/tf-backend-cpu.min.js",
    "tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
)


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


def check_installed(node_modules: Path, browser: str | None) -> str:
    """Return the path of Chromium, once Playwright, Chromium and TF.js are found.

    Args:
        node_modules: folder that npm installed `@tensorflow/tfjs-core`, `-converter` and `-backend-wasm` into.
        browser: name or path of Chromium; None: whichever is installed.

    Raises:
        MissingDependencyError: one is missing.
    """
    executable = chromium.check_installed(browser)
    for name in _PACKAGES:
        if not (node_modules / "@tensorflow" / name).is_file():
            raise MissingDependencyError(
                f"`{node_modules}` has no @tensorflow/{name}; it needs: npm install --prefix {node_modules.parent} "
                "@tensorflow/tfjs-converter@4.22.0 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0"
            )
    return executable


@contextmanager
def site(node_modules: Path, models: Mapping[str, Path], photographs_rgb: npt.NDArray[np.uint8]) -> Iterator[str]:
    """Serve the page, TF.js, models and photographs to this machine; yield the address, ending in a slash.

    Args:
        node_modules: of npm.
        models: folder of a graph model by name; it is served as `models/NAME/`.
        photographs_rgb: (photographs, height, width, 3) uint8, served as `photographs`.
    """
    mounts = {"npm": node_modules / "@tensorflow", **{f"models/{name}": path for name, path in models.items()}}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(_PAGE, Path(folder) / "index.html")
        (Path(folder) / _PHOTOGRAPHS).write_bytes(photographs_rgb.tobytes())
        with LoopbackServer(Path(folder), mounts=mounts) as server:
            yield server.url


def load_page(address: str, model: str, shape: tuple[int, ...], work: Work, browser: str) -> PageLoad:
    """Start a browser, load the page once and measure.

    Args:
        address: from `site`.
        model: its name there.
        shape: of the photographs.
        work: what to do.
        browser: path of Chromium.
    """
    order = {**asdict(work), "model": f"/models/{model}/model.json", "photographs": f"/{_PHOTOGRAPHS}"}
    with chromium.fresh_page(browser) as page:
        page.goto(address)
        return PageLoad(**page.evaluate("measure", {**order, "shape": list(shape)}))
