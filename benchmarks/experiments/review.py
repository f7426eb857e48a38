"""How long the page of `fieldlens review` takes: to be ready, and to keep what a key says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.reviewing import HEAD, Opened, Reviewing, rows
from edge_app.common.errors import PeerError
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.demo.drawn_pets import write_drawings
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.groups import marked
from edge_app.teaching.review.log import LOG_NAME

_SIZE = (640, 480)
_ALIKE = 4  # frames of each drawing, as a camera that hardly moves
_KEYS = ("Enter", "1", "2", "n", "d", "Shift+Digit1", "u", "Enter", "d", "u")
_CACHE = ".review"


def run_review(frames: int, rounds: int, out: Path, overwrite: bool) -> int:
    """Make frames, open the page again and again; print a table, write the raw result.

    Raises:
        MissingDependencyError: Playwright or Chromium is not installed.
        PeerError: the program ends before its page is there.
    """
    refuse_existing(out, overwrite)
    from convert.web.chromium import fresh_page

    opened = []
    with tempfile.TemporaryDirectory() as folder, fresh_page() as page:
        root = write_frames(Path(folder) / "frames", frames)
        for _ in range(rounds):
            shutil.rmtree(root / _CACHE, ignore_errors=True)
            opened += [_opened(page, root, cached) for cached in (False, True)]
        browser = f"Chromium {page.context.browser.version}"
    result = Reviewing(now(), examine_device(), frames, browser, tuple(opened))
    print(text_table(HEAD, rows(result)))
    write_result(out, result)
    print(f"results  {out}")
    return 0


def write_frames(root: Path, count: int) -> Path:
    """Write frames of 640×480 as a camera saves them: drawn pets, four frames of each; return the folder."""
    drawn = root.with_name("drawn")
    write_drawings(drawn, max(2, -(-count // _ALIKE)), size=240)
    paths = sorted(path for path in drawn.rglob("*") if path.parent != drawn)
    for number in range(count):
        path, shift = paths[number // _ALIKE % len(paths)], number % _ALIKE
        image = np.roll(cv2.resize(read_photograph(path), _SIZE), shift, axis=1)
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        frame = root / path.parent.name / f"{number:05d}.jpg"
        frame.parent.mkdir(parents=True, exist_ok=True)
        frame.write_bytes(marked(encoded, f"session {number // 100}"))
    return root


def _opened(page: Any, root: Path, cached: bool) -> Opened:
    (root / LOG_NAME).unlink(missing_ok=True)
    start_s = time.perf_counter()
    with _reviewing(root) as address:
        address_s = time.perf_counter()
        page.goto(address)
        page.wait_for_function("() => document.querySelector('#stage img')?.naturalWidth > 0")
        ready_s = time.perf_counter()
        keys_s = tuple(_pressed(page, key) for key in _KEYS)
        _wait_until_looked_at(page)
    return Opened(cached, address_s - start_s, ready_s - address_s, keys_s)


def _pressed(page: Any, key: str) -> float:
    """Press a key; return how long the answer of the program took, and the page's work on it."""
    start_s = time.perf_counter()
    with page.expect_response(re.compile("/(decide|undo)$")) as answer:
        page.keyboard.press(key)
    if not answer.value.ok:
        raise PeerError(f"the page could not keep what {key} says: {answer.value.status}; see whether the disk is full")
    return time.perf_counter() - start_s


def _wait_until_looked_at(page: Any) -> None:
    looked = "async () => { const s = await (await fetch('/state.json')).json(); return s.known === s.frames; }"
    while not page.evaluate(looked):
        time.sleep(0.2)


@contextmanager
def _reviewing(root: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "edge_app", "review", str(root), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        try:
            told = []
            for line in program.stderr:
                told.append(line.strip())
                if address := re.search(r"http://127\.0\.0\.1:\S+", line):
                    yield address[0]
                    return
            raise PeerError(f"`fieldlens review` ended before its page was there: {' '.join(told)}; see what it says")
        finally:
            program.kill()
