"""Promises of the page of `fieldlens review` in Chromium: the keyboard alone, the mouse, touch, and a phone's width."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from convert.web.chromium import BrowserSession
from edge_app.model.starter import STARTER
from edge_app.teaching.review.log import DELETED, LOG_NAME, ReviewLog
from tests.browser.test_phone_width import BEYOND, PHONE
from tests.edge_app.teaching.review.field import files_of, write_field


@contextmanager
def reviewing(field: Path, *words: str) -> Iterator[str]:
    """The program; yields the address that it prints."""
    command = [sys.executable, "-m", "edge_app", "review", str(field), "--port", "0", "--by", "anna", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stderr is not None
            for line in program.stderr:
                if address := re.search(r"http://127\.0\.0\.1:\S+", line):
                    yield address[0]
                    return
            pytest.fail("the program printed no address")
        finally:
            program.kill()


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


@pytest.fixture(scope="module")
def desktop(open_beside: Callable[..., BrowserSession], web: Path) -> Iterator[Any]:
    with open_beside(web, viewport=(1280, 900)) as opened:
        yield opened.page


@pytest.fixture(scope="module")
def phone(open_beside: Callable[..., BrowserSession], web: Path) -> Iterator[Any]:
    with open_beside(web, viewport=PHONE) as opened:
        yield opened.page


def opened(page: Any, address: str, version: int = 0) -> None:
    page.goto(address)
    page.wait_for_function(f"() => document.body.dataset.version === '{version}'")
    assert "token" not in page.url
    wait_until_shown(page)


def wait_until_shown(page: Any) -> None:
    page.wait_for_function("() => document.querySelector('#stage img')?.naturalWidth > 0")


def shown(page: Any) -> str:
    """The frame on the stage."""
    found: str = page.get_attribute("#stage img", "alt")
    return found


def wait_for_decided(page: Any, count: int) -> None:
    """The count comes from the server, when the decision is on its disk."""
    page.wait_for_function(f"() => document.getElementById('progress').textContent.startsWith('{count} of ')")


def said(field: Path) -> dict[str, str]:
    """What is kept of each frame."""
    return {path: one.folder or one.say for path, one in ReviewLog(field, "test").said.current().items()}


def test_the_keyboard_alone_decides_undoes_and_applies(desktop: Any, field: Path) -> None:
    before = files_of(field)
    with reviewing(field) as address:
        opened(desktop, address)
        paths = []
        for number, key in enumerate(("Enter", "2", "n", "d"), 1):
            paths.append(shown(desktop))
            desktop.keyboard.press(key)
            wait_for_decided(desktop, number)
            assert shown(desktop) not in paths  # one key, and on to the next frame
        assert said(field) == dict(zip(paths, ("right", "dog", "neither", "delete"), strict=True))
        desktop.keyboard.press("u")
        wait_for_decided(desktop, 3)
        assert shown(desktop) == paths[3]
        desktop.keyboard.press("Delete")
        wait_for_decided(desktop, 4)
        assert files_of(field) == before
        desktop.keyboard.press("a")
        assert desktop.inner_text("#question") == "Move 2 frames to another class and delete 1 frame?"
        desktop.keyboard.press("Escape")
        assert not desktop.is_visible("#confirm")
        assert files_of(field) == before
        desktop.keyboard.press("a")
        desktop.keyboard.press("Enter")
        desktop.wait_for_selector("#done[open]")
        assert desktop.inner_text("#result") == "2 frames moved, 1 deleted"
        desktop.keyboard.press("Enter")
        assert not desktop.is_visible("#done")
        assert desktop.inner_text("#progress").startswith("0 of 12 frames decided")
        assert "3 frames checked before" in desktop.inner_text("#notes")
    after = files_of(field)
    assert sorted(after.values()) == sorted(before.values())
    assert after[f"{DELETED}/{paths[3]}"] == before[paths[3]]


def test_what_was_applied_is_taken_back_with_the_keyboard_alone(desktop: Any, field: Path) -> None:
    before = files_of(field)
    with reviewing(field) as address:
        opened(desktop, address)
        for number, key in enumerate(("n", "d"), 1):
            desktop.keyboard.press(key)
            wait_for_decided(desktop, number)
        desktop.keyboard.press("a")
        desktop.keyboard.press("Enter")
        desktop.wait_for_selector("#done[open]")
        assert files_of(field) != before
        desktop.keyboard.press("Shift+Tab")
        desktop.keyboard.press("Enter")
        desktop.wait_for_function("() => document.getElementById('result').textContent.endsWith('where they were')")
        assert files_of(field) == before
        assert not desktop.is_visible("#back")
        desktop.keyboard.press("Enter")
        assert not desktop.is_visible("#done")
        assert desktop.inner_text("#progress").startswith("0 of 16 frames decided")


def test_shift_decides_a_whole_group_of_look_alikes(desktop: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(desktop, address)
        assert "2 frames that look alike" in desktop.inner_text("#group")
        group = [picture.get_attribute("alt") for picture in desktop.locator("#strip img").all()]
        desktop.keyboard.press("Shift+Digit2")
        wait_for_decided(desktop, 2)
        assert said(field) == dict.fromkeys(group, "dog")
        assert shown(desktop) not in group
        desktop.keyboard.press("Shift+Enter")
        wait_for_decided(desktop, 4)
        desktop.keyboard.press("u")
        wait_for_decided(desktop, 2)


def test_arrows_look_without_deciding_and_a_held_key_says_one_thing(desktop: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(desktop, address)
        first = shown(desktop)
        desktop.keyboard.press("ArrowRight")
        assert shown(desktop) != first
        desktop.keyboard.press("ArrowLeft")
        assert shown(desktop) == first
        desktop.keyboard.press("ArrowDown")
        assert desktop.inner_text("#group").startswith("Group 2 of 8")
        for _ in range(5):
            desktop.keyboard.down("1")  # the second time and later it repeats
        desktop.keyboard.up("1")
        wait_for_decided(desktop, 1)
        desktop.keyboard.press("u")
        wait_for_decided(desktop, 0)
        assert (field / LOG_NAME).read_text().count('"say"') == 2


def test_after_a_click_the_keyboard_goes_on(desktop: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(desktop, address)
        first = shown(desktop)
        desktop.click("#classes button[data-folder=dog]")
        wait_for_decided(desktop, 1)
        desktop.keyboard.press("Enter")
        wait_for_decided(desktop, 2)
        assert list(said(field).values()) == ["dog", "right"]
        desktop.click("#before")
        desktop.click("#strip li:last-child button")
        desktop.click("#strip li:first-child button")
        assert shown(desktop) == first
        desktop.locator("#classes button[data-say=right]").focus()
        desktop.keyboard.press("Enter")  # a button in focus is pressed, once
        wait_for_decided(desktop, 2)
        assert said(field)[first] == "right"


def test_a_page_that_is_loaded_again_goes_on_where_it_was(desktop: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(desktop, address)
        desktop.keyboard.press("Shift+KeyN")
        wait_for_decided(desktop, 2)
        second = shown(desktop)
    with reviewing(field) as address:
        opened(desktop, address)
        assert shown(desktop) == second
        assert desktop.inner_text("#progress") == "2 of 16 frames decided · 2 to move · 0 to delete"
        desktop.keyboard.press("u")
        wait_for_decided(desktop, 0)


def test_the_model_says_what_it_sees_and_why(desktop: Any, field: Path) -> None:
    with reviewing(field, "--model", str(STARTER)) as address:
        opened(desktop, address)
        desktop.wait_for_function("() => document.querySelectorAll('#bars li').length === 2")
        assert f"{STARTER.name} prefers" in desktop.inner_text("#doubt")
        desktop.keyboard.press("e")
        desktop.wait_for_function("() => document.querySelector('#stage img').src.includes('/explanation/')")
        wait_until_shown(desktop)
        desktop.keyboard.press("e")
        desktop.wait_for_function("() => document.querySelector('#stage img').src.includes('/picture/')")


def test_a_program_that_has_ended_is_told_and_nothing_is_pretended(desktop: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(desktop, address)
    desktop.keyboard.press("d")
    desktop.wait_for_selector("#fault:not([hidden])")
    assert said(field) == {}
    desktop.goto("about:blank")


def test_touch_decides_on_a_phone_which_shows_all_of_the_page(phone: Any, field: Path) -> None:
    with reviewing(field) as address:
        opened(phone, address)
        beyond, what = phone.evaluate(BEYOND)
        assert beyond <= 0, what
        for selector in ("#classes button", "#others button", "#apply", "#moves button"):
            assert min(one.bounding_box()["height"] for one in phone.locator(selector).all()) >= 44
        first = shown(phone)
        assert first.split("/")[0] in phone.inner_text("#said")
        touch(phone, "#whole")
        touch(phone, "#classes button[data-folder=dog]")
        wait_for_decided(phone, 2)
        assert shown(phone) != first
        assert phone.get_attribute("#whole", "aria-pressed") == "false"
        touch(phone, "#others button[data-say=delete]")
        wait_for_decided(phone, 3)
        touch(phone, "#undo")
        wait_for_decided(phone, 2)
        touch(phone, "#apply")
        beyond, what = phone.evaluate(BEYOND)
        assert beyond <= 0, what
        touch(phone, "#confirm button[value=yes]")
        phone.wait_for_selector("#done[open]")
        assert phone.inner_text("#result") == "2 frames moved, 0 deleted"
        assert min(one.bounding_box()["height"] for one in phone.locator("#done button").all()) >= 44
        phone.goto("about:blank")
    assert len([path for path in files_of(field) if path.startswith("dog/")]) == 10


def touch(page: Any, selector: str) -> None:
    """Touch the middle of something, as a finger does: Chromium makes pointer events and a click of it."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    tools = page.context.new_cdp_session(page)
    tools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    tools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tools.detach()
