"""The window of `fieldlens app` on a screen: what keys change is seen or saved, and it ends when told or closed."""

from __future__ import annotations

import signal
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge_app.photographs.decoder import Image
from tests.window.conftest import Window, wait_for

_HELP = slice(60, 220), slice(20, 380)  # rows and columns of the window that the list of keys covers
_LOOKS = 25  # at a still picture, some 60 ms apart
_DARKENED = 0.8  # of the brightness, at most, where it lies over the picture


@pytest.fixture
def window(start: Callable[..., Window]) -> Window:
    return start("run", "--source", "demo", "--demo-fps", "15")


def behind_help(window: Window) -> Image:
    return window.picture()[_HELP]


def unchanging(window: Window) -> Image:
    """Wait until the picture stays for the time of several frames; return it."""

    def stays() -> bool:
        first = behind_help(window)
        return all(np.array_equal(behind_help(window), first) for _ in range(_LOOKS))

    wait_for(stays)
    return behind_help(window)


def test_the_picture_moves_until_the_space_bar_stops_it_and_keys_work_on_it_then(window: Window) -> None:
    first = behind_help(window)
    wait_for(lambda: not np.array_equal(behind_help(window), first))
    window.key("space")
    before = unchanging(window)
    window.key("h")
    wait_for(lambda: behind_help(window).mean() < _DARKENED * before.mean())
    window.key("h")
    wait_for(lambda: np.array_equal(behind_help(window), before))
    window.key("space")
    wait_for(lambda: not np.array_equal(behind_help(window), before))


def test_s_saves_what_is_seen_and_q_quits(window: Window) -> None:
    window.key("s")
    (saved,) = wait_for(lambda: list(window.folder.glob("*.png")))
    image = cv2.imread(str(saved))
    assert image is not None
    assert image.shape == (480, 640, 3)
    window.key("q")
    assert window.ended()[0] == 0


def test_f_fills_the_screen_and_gives_it_back(window: Window) -> None:
    own = (480, 640, 3)  # of the camera's picture, with the first one that is shown
    wait_for(lambda: window.picture().shape == own)
    window.key("f")
    wait_for(lambda: window.picture().shape == (1024, 1280, 3))
    window.key("f")
    wait_for(lambda: window.picture().shape == own)


def test_the_cross_of_the_window_ends_the_run(window: Window) -> None:
    window.key("alt+F4")
    assert window.ended()[0] == 0


@pytest.fixture
def paused(window: Window) -> Window:
    window.key("space")
    unchanging(window)
    return window


def test_the_cross_of_the_window_ends_a_pause_too(paused: Window) -> None:
    paused.key("alt+F4")
    assert paused.ended()[0] == 0


def test_ctrl_c_ends_a_pause_too(paused: Window) -> None:
    paused.process.send_signal(signal.SIGINT)
    assert paused.ended()[0] == 0
