"""The window, where there is a screen."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from typing import Self

import cv2

from edge_app.common.opencv_wheel import debian_packages, missing_libraries
from edge_app.display.controls import Controls
from edge_app.display.display_frame import DisplayFrame
from edge_app.photographs.decoder import Image

_TITLE = "FieldLens"
_FRAME_WAIT_MS, _PAUSE_WAIT_MS = 1, 30
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
    missing = missing_libraries()  # Qt aborts the process where it lacks one
    if missing:
        return f"this system lacks {missing[0]}: {debian_packages(missing)}"
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

    Frames get the size of the window before letters are drawn on them, so these are sharp in any window.

    Args:
        controls: what keys change.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._shown = False
        self._full_screen = False
        self._fitted_to: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # Qt misses fonts that nothing here uses
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        self._controls.show_notice("press h for the list of keys")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        cv2.destroyAllWindows()

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Show one frame and obey keys; return false when the user wants to end. Waits while paused."""
        if self._closed():
            return False
        self._fit(display_frame.classified.image_bgr)
        cv2.imshow(_TITLE, self._picture(display_frame))
        self._shown = True
        keep_running = self.poll_keys()
        shown: DisplayFrame | None = None
        while self._controls.paused and keep_running:
            paused = display_frame.paused()
            if shown is None or paused.overlay != shown.overlay:  # keys work on a frame that stays, too
                cv2.imshow(_TITLE, self._picture(paused))
                shown = paused
            keep_running = self.poll_keys(_PAUSE_WAIT_MS)
        return keep_running

    def poll_keys(self, wait_ms: int = _FRAME_WAIT_MS) -> bool:
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
        try:
            return self._shown and bool(cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1)
        except cv2.error:  # Qt has no window left that could be asked
            return True

    def _picture(self, display_frame: DisplayFrame) -> Image:
        """Draw at the size of the window: letters are sharp, and the shape of the picture stays."""
        image = display_frame.classified.image_bgr
        if not self._shown:
            return display_frame.drawn_bgr()
        _, _, width, height = cv2.getWindowImageRect(_TITLE)
        scale = min(width / image.shape[1], height / image.shape[0])
        if scale <= 0.0:  # minimized
            return display_frame.drawn_bgr()
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        rule = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
        same = size == (image.shape[1], image.shape[0])
        drawn = (
            display_frame.drawn_bgr() if same else display_frame.drawn_on(cv2.resize(image, size, interpolation=rule))
        )
        across, down = max(0, width - size[0]), max(0, height - size[1])
        edges = (down // 2, down - down // 2, across // 2, across - across // 2)
        framed: Image = cv2.copyMakeBorder(drawn, *edges, cv2.BORDER_CONSTANT)
        return framed

    def _fit(self, image: Image) -> None:
        """Give the window the shape of the picture, at first and when it was turned."""
        if image.shape[:2] != self._fitted_to:
            self._fitted_to = image.shape[:2]
            if not self._full_screen:
                cv2.resizeWindow(_TITLE, *_first_size(image))


def _first_size(image: Image) -> tuple[int, int]:
    """Fit the window on a usual screen; tiny frames are enlarged."""
    height, width = image.shape[:2]
    scale = min(1.0, _SCREEN[0] / width, _SCREEN[1] / height) if width >= _SMALL_WIDTH else _SMALL_WIDTH / width
    return max(1, round(width * scale)), max(1, round(height * scale))
