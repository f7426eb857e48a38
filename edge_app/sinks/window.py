"""The window, where there is a screen."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from typing import Self

import cv2

from edge_app.classifier import Prediction
from edge_app.photograph import Image

_TITLE = "FieldLens (q ends)"
_ESCAPE = 27


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
    """Shows every frame with its overlay; q, Esc and closing the window end the run."""

    drawn = True

    def __enter__(self) -> Self:
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # Qt misses fonts that nothing here uses
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._shown = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        cv2.destroyAllWindows()

    def take(self, prediction: Prediction, drawn_bgr: Image | None) -> bool:
        """Show one frame; return false when the user wants to end."""
        if drawn_bgr is None:
            raise ValueError("a window needs the drawn frame")
        if self._shown and cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1:
            return False
        cv2.imshow(_TITLE, drawn_bgr)
        self._shown = True
        return (cv2.waitKey(1) & 0xFF) not in (ord("q"), _ESCAPE)
