"""A real browser for proofs and measurements: Chromium without a window, driven by Playwright, fed from this machine.

`BrowserSession` loads a bundle of `fieldlens convert web`; its scores come from the page's own code: decoder,
preparation, runtime. `fresh_page` gives an empty page in a browser of its own, for a measurement that brings its page.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from convert.web.loopback_server import PHOTOGRAPHS, LoopbackServer
from edge_app.common.errors import ConversionError, MissingDependencyError

if TYPE_CHECKING:
    from playwright.sync_api import Page

Floats = npt.NDArray[np.float32]

RUNTIMES = ("litert", "tfjs-wasm", "tfjs-webgl", "tfjs-webgpu")
"""Names of the page's runtimes."""

# The first two: no window, also as root in a container. The others keep Chromium from calling home.
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
# Without a graphics card WebGL and WebGPU are computed on the processor: slow, and the same code of the page.
_SOFTWARE_GRAPHICS = (
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan",
)  # fmt: skip
_NO_PLAYWRIGHT = "Playwright is not installed; run: pip install 'playwright>=1.49'"
_PATIENCE_MS = 120_000  # a page loads in a second, and much later on a machine that is busy with something else
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OUTSIDE = re.compile(r"^(?!http://127\.0\.0\.1[:/]|data:|blob:|about:|file:)")

# Modules have run when the page has loaded; then its promise says when a model is ready.
_READY = "async () => { await globalThis.fieldlens.ready; }"
# On a first visit, the page loads itself once more to be isolated. This outlives it, and _READY does not.
_STAYS = "() => globalThis.fieldlens?.stays()"
_USE = "async (id) => { await globalThis.fieldlens.useRuntime(id); }"
_SCORE = """async (address) => {
  const file = await (await fetch(address, {cache: "no-store"})).blob();
  return globalThis.fieldlens.scores(file);
}"""


@dataclass(frozen=True)
class BrowserScores:
    """What the page said of photographs.

    Attributes:
        probabilities: (photographs, classes) float32.
        times_s: by stage (decode, prepare, invoke): one time per photograph, seconds.
    """

    probabilities: Floats
    times_s: Mapping[str, tuple[float, ...]]


def find_chromium(wanted: str | None = None) -> str:
    """Return the path of the browser.

    Args:
        wanted: its name or path; None: whatever Chromium is installed.

    Raises:
        MissingDependencyError: there is none.
    """
    for name in _NAMES if wanted is None else (wanted,):
        found = shutil.which(name)
        if found is not None:
            return found
    what = "no Chromium" if wanted is None else f"no `{wanted}`"
    raise MissingDependencyError(f"{what} is installed; run: apt-get install -y chromium (as root)")


def check_installed(chromium: str | None = None) -> str:
    """Return the path of Chromium, once Playwright is found too.

    Args:
        chromium: see `find_chromium`.

    Raises:
        MissingDependencyError: one is missing.
    """
    if find_spec("playwright") is None:
        raise MissingDependencyError(_NO_PLAYWRIGHT)
    return find_chromium(chromium)


@contextmanager
def fresh_page(chromium: str | None = None) -> Iterator[Page]:
    """Start a browser and yield an empty page, which reaches nothing outside this machine.

    Args:
        chromium: see `find_chromium`.

    Raises:
        MissingDependencyError: Chromium or Playwright is not installed.
    """
    with _started() as driver, _launched(driver, (*_FLAGS, "--disable-gpu"), chromium) as browser:
        page = browser.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.route(_OUTSIDE, lambda route: route.abort())
        yield page


@contextmanager
def launched(session: BrowserSession, flags: Sequence[str]) -> Iterator[Any]:
    """Start another browser beside a session, for pages that are not those of a bundle on this machine's http.

    Args:
        session: an open one, whose driver is shared.
        flags: further flags of Chromium.
    """
    with _launched(session.driver, (*_FLAGS, "--disable-gpu", *flags)) as browser:
        yield browser


class BrowserSession:
    """A page of a bundle in Chromium; a context manager.

    Args:
        folder: made by `python -m convert web`.
        headers: whether the server sends the headers that allow threads. `python -m http.server` does not, and then the
            page's service worker adds them.
        worker: whether the browser has service workers; without, and without headers, the page has one thread.
        flags: further flags of Chromium, such as those of a fake camera.
        viewport: width and height of the page, pixels.
        dark: whether the page is asked for dark colours.
        graphics: whether WebGL and WebGPU are there, computed on the processor.
        beside: another open session, to share its driver: Playwright allows one per thread.

    Raises:
        MissingDependencyError: Chromium or Playwright is not installed.
        ConversionError: the page does not work; its own sentence says why.
    """

    def __init__(
        self,
        folder: Path,
        headers: bool = False,
        worker: bool = True,
        flags: Sequence[str] = (),
        viewport: tuple[int, int] = (1280, 900),
        dark: bool = False,
        graphics: bool = False,
        beside: BrowserSession | None = None,
    ) -> None:
        self._folder, self._headers, self._worker = folder, headers, worker
        self._flags = (*_FLAGS, *(_SOFTWARE_GRAPHICS if graphics else ("--disable-gpu",)), *flags)
        self._viewport, self._dark = viewport, dark
        self._beside = beside
        self._stack = ExitStack()
        self.foreign_requests: list[str] = []
        """Addresses outside this machine that the page asked for; each was refused."""
        self.page: Page
        """For tests that look and click."""

    def __enter__(self) -> BrowserSession:
        with ExitStack() as stack:  # closes what was opened when the rest fails
            self._server = stack.enter_context(LoopbackServer(self._folder, self._headers))
            self.driver: Any = self._beside.driver if self._beside is not None else stack.enter_context(_started())
            browser = stack.enter_context(_launched(self.driver, self._flags))
            width, height = self._viewport
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if self._dark else "light",
                service_workers="allow" if self._worker else "block",
            )
            stack.callback(context.close)
            context.route(_OUTSIDE, self._refuse)
            self.page = context.new_page()
            self.load()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """The address of the page."""
        return self._server.url

    def load(self, runtime: str = "") -> None:
        """Load the page and wait until a model is ready, after the page's own reload if there is one.

        Args:
            runtime: the first one to open; empty: the page's own choice.

        Raises:
            ConversionError: the page says that it cannot work.
        """
        self.page.goto(f"{self.url}?runtime={runtime}" if runtime else self.url)
        self._wait(_STAYS)
        self._evaluate(_READY)

    def use(self, runtime: str) -> None:
        """Change the runtime.

        Args:
            runtime: one of `RUNTIMES`.

        Raises:
            ConversionError: it does not work in this browser.
        """
        self._evaluate(_USE, runtime)

    def scores(self, paths: Sequence[Path], runtime: str) -> Floats:
        """Return what a runtime says of photographs: (photographs, classes) float32.

        Raises:
            ConversionError: the runtime does not work, or a photograph cannot be decoded.
        """
        return self.measured(paths, runtime).probabilities

    def measured(self, paths: Sequence[Path], runtime: str) -> BrowserScores:
        """Return scores and times of photographs; see `scores`."""
        if self.page.input_value("#runtime") != runtime:
            self.use(runtime)
        self._server.shared = tuple(paths)
        answers = [self._evaluate(_SCORE, f"/{PHOTOGRAPHS}/{number}") for number in range(len(paths))]
        return BrowserScores(
            np.array([answer["scores"] for answer in answers], np.float32),
            {
                stage: tuple(float(answer["times"][f"{stage}_ms"]) / 1e3 for answer in answers)
                for stage in ("decode", "prepare", "invoke")
            },
        )

    def _wait(self, function: str) -> None:
        with self._own_sentence():
            self.page.wait_for_function(function, timeout=_PATIENCE_MS)

    def _evaluate(self, function: str, argument: object = None) -> Any:
        with self._own_sentence():
            return self.page.evaluate(function, argument)

    @contextmanager
    def _own_sentence(self) -> Iterator[None]:
        """Raise what the page says, without Playwright's words around it."""
        from playwright.sync_api import Error

        try:
            yield
        except Error as error:
            reason = re.sub(r"^(Page\.\w+: )?(Error: )?", "", error.message.splitlines()[0])
            raise ConversionError(f"the page of `{self._folder}` does not work in Chromium: {reason}") from error

    def _refuse(self, route: Any) -> None:
        self.foreign_requests.append(route.request.url)
        route.abort()


@contextmanager
def _started() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingDependencyError(_NO_PLAYWRIGHT) from error
    with sync_playwright() as driver:
        yield driver


@contextmanager
def _launched(driver: Any, flags: Sequence[str], chromium: str | None = None) -> Iterator[Any]:
    from playwright.sync_api import Error

    executable = find_chromium(chromium)
    try:
        browser = driver.chromium.launch(executable_path=executable, args=list(flags))
    except Error as error:
        reason = error.message.splitlines()[0]
        raise MissingDependencyError(
            f"`{executable}` does not start ({reason}); run: apt-get install --reinstall -y chromium (as root)"
        ) from error
    try:
        yield browser
    finally:
        browser.close()
