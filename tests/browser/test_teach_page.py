"""The buttons of `fieldlens teach` in Chromium: mouse, keys, keyboard alone, touch, and a phone's width."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from convert.web.chromium import BrowserSession

LABELS = ("cat", "dog", "nothing")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a sitting at the drawn camera, and its folder."""
    folder = tmp_path_factory.mktemp("teach")
    words = [",".join(LABELS), "--source", "demo", "--out", "photos/x", "--train", "--web", "0", "--no-window"]
    process = subprocess.Popen(
        [sys.executable, "-m", "edge_app", "teach", *words],
        cwd=folder, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        address = next(found[1] for line in process.stderr if (found := re.search(r"watch at (http://\S+)", line)))
        yield address, folder
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture
def open_page(session: BrowserSession, taught: tuple[str, Path]) -> Callable[..., Any]:
    @contextmanager
    def opened(**options: Any) -> Iterator[Any]:
        context = session.page.context.browser.new_context(**options)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(taught[0])
        page.wait_for_selector("#labels button")
        yield page
        context.close()
        assert faults == []

    return opened


def kept(page: Any, place: int) -> int:
    return int(page.locator("#labels .value").nth(place).inner_text().split()[0])


def more_than(page: Any, place: int, count: int) -> None:
    page.wait_for_function(
        "([place, count]) => parseInt(document.querySelectorAll('#labels .value')[place].textContent) > count",
        arg=[place, count],
    )


def is_over(page: Any) -> None:
    page.wait_for_function("() => !document.querySelector('#labels .held')")


def test_a_held_mouse_button_keeps_frames_until_it_is_let_go(open_page: Callable[..., Any]) -> None:
    with open_page() as page:
        before = kept(page, 0)
        box = page.locator("#labels button").nth(0).bounding_box()
        page.mouse.move(box["x"] + 9, box["y"] + 9)
        page.mouse.down()
        more_than(page, 0, before)
        page.mouse.move(5, 5)  # a hand slips off the button
        more_than(page, 0, kept(page, 0))
        page.mouse.up()
        is_over(page)
        after = kept(page, 0)
        page.wait_for_timeout(1500)
        assert kept(page, 0) == after
        assert re.match(r"\d+ more of|enough", page.inner_text("#goal"))


def test_keys_keep_take_back_and_train(open_page: Callable[..., Any], taught: tuple[str, Path]) -> None:
    with open_page() as page:
        for place in range(3):
            before = kept(page, place)
            page.keyboard.down(str(place + 1))
            more_than(page, place, before + 2)
            page.keyboard.up(str(place + 1))
            is_over(page)
        before = kept(page, 2)
        page.keyboard.press("u")
        page.wait_for_function("() => document.getElementById('told').textContent.startsWith('took back')")
        assert kept(page, 2) < before
        page.keyboard.down("3")
        more_than(page, 2, kept(page, 2) + 2)
        page.keyboard.up("3")
        is_over(page)
        page.keyboard.press("t")
        page.wait_for_function("() => document.getElementById('taught').textContent.includes('models/x.tflite')")
        page.wait_for_function(
            f"() => {list(LABELS)!r}.concat('neither').includes(document.getElementById('label').textContent)"
        )
        assert (taught[1] / "models" / "x.tflite").is_file()


def test_the_tab_key_and_the_space_bar_are_enough(open_page: Callable[..., Any]) -> None:
    with open_page() as page:
        before = kept(page, 1)
        for _ in range(2):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith("2dog")
        page.keyboard.down(" ")
        more_than(page, 1, before)
        page.keyboard.up(" ")
        is_over(page)


def test_on_a_phone_buttons_are_large_enough_and_a_touch_holds(open_page: Callable[..., Any]) -> None:
    with open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        for button in page.locator("#teach button").all():
            assert button.bounding_box()["height"] >= 44
        badge, picture = (page.locator(one).bounding_box() for one in ("#badge", ".picture"))
        assert badge["y"] + badge["height"] <= picture["y"] + picture["height"], (
            "the label is seen while a finger holds"
        )
        assert page.inner_text("#badge").startswith(page.inner_text("#label"))
        before = kept(page, 0)
        page.locator("#labels button").nth(0).tap()  # one tap counts for as long as a press that is not repeated
        page.wait_for_timeout(500)
        is_over(page)
        assert kept(page, 0) >= before


def test_the_picture_is_mirrored_on_this_screen_only(open_page: Callable[..., Any]) -> None:
    with open_page() as page:
        page.check("#mirror")
        assert "matrix(-1" in page.evaluate("getComputedStyle(document.getElementById('picture')).transform")
