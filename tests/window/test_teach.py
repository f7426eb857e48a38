"""The window of `fieldlens teach` with real keys: held by repeating themselves, ended by others, taken back, quit."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from edge_app.model.card import read_own_card
from edge_app.teaching.lesson import HOLD_S
from tests.window.conftest import Window, wait_for

LABELS = ("cat", "dog")


@pytest.fixture
def window(start: Callable[..., Window]) -> Window:
    return start("teach", ",".join(LABELS), "--source", "demo", "--out", "photos/desk", "--train")


def kept(window: Window, label: str) -> int:
    return len(list((window.folder / "photos" / "desk" / label).glob("*.jpg")))


def wait_for_more(window: Window, label: str) -> None:
    before = kept(window, label)
    wait_for(lambda: kept(window, label) > before)


def test_a_key_that_stays_down_counts_as_held_until_it_is_let_go(window: Window) -> None:
    window.down("1")
    wait_for_more(window, "cat")
    time.sleep(2 * HOLD_S)  # OpenCV tells of presses only; one press counts for less
    wait_for_more(window, "cat")
    window.up("1")
    time.sleep(2 * HOLD_S)
    after = kept(window, "cat")
    time.sleep(2 * HOLD_S)
    assert kept(window, "cat") == after
    assert kept(window, "dog") == 0


def test_another_key_ends_the_first_and_u_takes_its_burst_back(window: Window) -> None:
    window.down("1")
    for _ in range(2):
        wait_for_more(window, "cat")
    window.down("2")
    wait_for_more(window, "dog")
    cats = kept(window, "cat")
    wait_for_more(window, "dog")
    assert kept(window, "cat") == cats
    window.up("2")
    window.up("1")
    window.key("u")
    wait_for(lambda: kept(window, "dog") == 0)
    assert kept(window, "cat") == cats
    window.key("q")
    code, told = window.ended()
    assert code == 0
    assert told.startswith(f"photos/desk: {cats} photographs of 1 sitting (cat {cats}, dog 0)\n")


def test_the_head_is_learned_anew_while_a_key_is_down(window: Window) -> None:
    """A label is live before its key is let go, and better ones follow."""
    model = window.folder / "models" / "desk.tflite"
    window.down("1")
    for _ in range(3):
        wait_for_more(window, "cat")
    window.down("2")
    wait_for(model.exists)
    assert read_own_card(model).labels == LABELS
    first = model.read_bytes()
    wait_for(lambda: model.read_bytes() != first)
    before = kept(window, "dog")
    wait_for(lambda: kept(window, "dog") > before)  # the key was down all the time
    window.up("2")
    window.up("1")
    window.key("Escape")
    assert window.ended()[0] == 0
