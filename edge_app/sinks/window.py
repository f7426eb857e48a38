"""The window, where there is a screen."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from typing import Self

import cv2

from edge_app.controls import Controls
from edge_app.photograph import Image
from edge_app.shown import Shown

_TITLE = "FieldLens"
_FRAME_WAIT_MS, _PAUSE_WAIT_MS = 1, 30
_WORTH_ENLARGING = 1.2  # a window that is at least so much larger than the frame
_SCREEN = (1280, 720)
_SMALL_WIDTH = 480


def why_no_window() -> str | None:
    """Return why no window can be shown; None where one can."""
    gui = re.search(r"GUI:\s+(\w+)", cv2.getBuildInformation())
    if gui is None or gui[1] == "NONE":
        return "this OpenCV is the headless one"
    if not sys.platform.startswith("linux"):
        return None
    display = os.environ.get("DISPLAY")
    if not display and (gui[1].startswith("QT") or not os.environ.get("WAYLAND_DISPLAY")):
        return "no display"
    if display and not _x_server_answers():
        return f"the display {display} does not answer"
    return None


def _x_server_answers() -> bool:
    """Try the connection: Qt aborts the whole process when it fails, as after `ssh` without `-X`."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return bool(answers)


class WindowSink:
    """Shows every frame with its overlay and listens to its keys; closing the window ends the run.

    A small frame in a large window is enlarged before letters are drawn on it, so they are sharp there too.

    Args:
        controls: what keys change.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._shown = False
        self._full_screen = False

    def __enter__(self) -> Self:
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # Qt misses fonts that nothing here uses
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._controls.hint("h: keys")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        cv2.destroyAllWindows()

    def take(self, shown: Shown) -> bool:
        """Show one frame and obey keys; return false when the user wants to end. Waits while paused."""
        if self._closed():
            return False
        cv2.imshow(_TITLE, self._picture(shown))
        if not self._shown:
            cv2.resizeWindow(_TITLE, *_first_size(shown.seen.image_bgr))
        self._shown = True
        going_on = self.listen()
        if self._controls.paused:
            cv2.imshow(_TITLE, self._picture(shown.noticing("paused: space goes on")))
        while self._controls.paused and going_on:
            going_on = self.listen(_PAUSE_WAIT_MS)
        return going_on

    def listen(self, wait_ms: int = _FRAME_WAIT_MS) -> bool:
        """Obey a key; return false when the user wants to end."""
        self._controls.press(cv2.waitKey(wait_ms))
        self._fill_screen()
        return not self._controls.ended and not self._closed()

    def _fill_screen(self) -> None:
        if self._full_screen is not self._controls.full_screen:
            self._full_screen = self._controls.full_screen
            state = cv2.WINDOW_FULLSCREEN if self._full_screen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(_TITLE, cv2.WND_PROP_FULLSCREEN, state)

    def _closed(self) -> bool:
        return self._shown and bool(cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1)

    def _picture(self, shown: Shown) -> Image:
        image = shown.seen.image_bgr
        if not self._shown:
            return shown.drawn_bgr()
        _, _, width, height = cv2.getWindowImageRect(_TITLE)
        scale = min(width / image.shape[1], height / image.shape[0])
        if scale < _WORTH_ENLARGING:
            return shown.drawn_bgr()
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        return shown.drawn_on(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR))


def _first_size(image: Image) -> tuple[int, int]:
    """Fit the window on a usual screen; tiny frames are enlarged."""
    height, width = image.shape[:2]
    scale = min(1.0, _SCREEN[0] / width, _SCREEN[1] / height) if width >= _SMALL_WIDTH else _SMALL_WIDTH / width
    return max(1, round(width * scale)), max(1, round(height * scale))
