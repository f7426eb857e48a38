"""Promises of isolation.js and its worker: threads under any server, one reload for them, and nothing else touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from convert.web.browser_runtimes import PAGE
from convert.web.chromium import BrowserSession
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import read_photograph
from tests.browser.conftest import python_serves, wait_until_ready
from tests.conftest import Chain

ISOLATED = "() => crossOriginIsolated"
MAY_USE = "() => Math.min(4, navigator.hardwareConcurrency)"
USES = "() => fieldlens.threads()"
REGISTERED = "async () => (await navigator.serviceWorker.getRegistrations()).length"

# LiteRT.js asks by a module of some bytes whether the browser knows an instruction of relaxed SIMD.
NO_RELAXED_SIMD = """
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (module, ...rest) =>
  module.byteLength < 200 && [...module].join().includes("253,128,2")
    ? Promise.reject(new WebAssembly.CompileError("unknown opcode")) : instantiate(module, ...rest);
"""
# The bytes of a worker cannot be asked for; that it answers shows that it is another one.
ANSWERS = "\nself.addEventListener('message', (event) => event.source.postMessage('newer'));\n"
SMALL_PAGE = """<!doctype html><title>loading</title><script type="module">
import { isolate, isolated } from "./isolation.js";
await isolate();
document.title = isolated() ? "isolated" : "not isolated";
</script>"""
ASK = """() => new Promise((resolve) => {
  navigator.serviceWorker.addEventListener("message", (event) => resolve(event.data === "newer"), { once: true });
  navigator.serviceWorker.startMessages();
  navigator.serviceWorker.controller?.postMessage("who?");
  setTimeout(() => resolve(false), 200);
})"""


def loads_of(page: Any) -> list[str]:
    """Grows by an address with every load of a page."""
    loads: list[str] = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    return loads


def test_pythons_own_server_gives_threads_after_one_reload(
    session: BrowserSession, web: Path, chain: Chain, full_size: list[Path]
) -> None:
    page = session.page.context.new_page()
    loads = loads_of(page)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright takes no builtins
    with python_serves(web) as address:
        page.goto(f"{address}?runtime=litert")
        wait_until_ready(page)
        assert loads == [f"{address}?runtime=litert"] * 2
        assert page.evaluate(ISOLATED) is True
        assert page.evaluate(USES) == page.evaluate(MAY_USE)
        page.set_input_files("#file", full_size[0])
        page.wait_for_selector(f"#picture[data-file='{full_size[0].name}']")
        expected = Classifier(chain.models / "tiny-int8.tflite").classify(read_photograph(full_size[0]))
        assert page.inner_text("#label") == expected.label
        page.reload()
        wait_until_ready(page)
        assert len(loads) == 3
        touched = {urlsplit(answer.url).path for answer in answers if answer.from_service_worker}
        assert "/" in touched
        # Beside the page only the scripts of threads need a header; models and WebAssembly come from the server.
        assert touched <= {"/", "/runtime/litert/litert_wasm_threaded_internal.js"}
        page.close()


def test_the_worker_comes_and_goes_with_the_bundle(session: BrowserSession, tmp_path: Path) -> None:
    """http://localhost:8000 is many people's address for many things; each must find its own."""
    for name in ("isolation.js", "isolation_worker.js"):
        shutil.copyfile(PAGE / name, tmp_path / name)
    index, worker = tmp_path / "index.html", tmp_path / "isolation_worker.js"
    index.write_text(SMALL_PAGE)
    page = session.page.context.new_page()
    with python_serves(tmp_path) as address:
        page.goto(address)
        page.wait_for_function("() => document.title === 'isolated'")
        assert page.evaluate(ASK) is False
        worker.write_text(worker.read_text() + ANSWERS)
        page.reload()  # here the browser sees that the worker is another one
        page.wait_for_function(ASK)
        assert page.evaluate(ISOLATED) is True
        worker.unlink()
        index.write_text("<!doctype html><title>Another page</title>")
        page.goto(address)
        assert (page.title(), page.evaluate(ISOLATED)) == ("Another page", False)
        page.goto(address)
        assert page.evaluate(REGISTERED) == 0
        page.close()


def test_without_service_workers_it_works_with_one_thread(
    web: Path, chain: Chain, full_size: list[Path], open_beside: Callable[..., BrowserSession]
) -> None:
    with open_beside(web, worker=False) as session:
        loads = loads_of(session.page)
        session.load()
        assert len(loads) == 1
        assert session.page.evaluate(USES) == 1
        assert session.page.text_content("#threads").startswith("one; for more, the server must send the headers")
        found = session.scores(full_size[:1], "litert")[0]
        expected = Classifier(chain.models / "tiny-int8.tflite").scores(read_photograph(full_size[0]))
        assert found == pytest.approx(expected, abs=0.05)


def test_headers_of_the_server_need_no_worker(web: Path, open_beside: Callable[..., BrowserSession]) -> None:
    with open_beside(web, headers=True) as session:
        loads = loads_of(session.page)
        session.load()
        assert (len(loads), session.page.evaluate(REGISTERED)) == (1, 0)
        assert session.page.evaluate(USES) == session.page.evaluate(MAY_USE)
        # Safari and older Firefox: isolated, and yet without what the threads of LiteRT.js need.
        session.page.add_init_script(NO_RELAXED_SIMD)
        session.load("litert")
        assert session.page.input_value("#runtime") == "litert"
        assert session.page.evaluate(USES) == 1
