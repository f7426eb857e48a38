"""The window, where there is a screen."""

from __future__ import annotations

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
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "no display"
    if re.search(r"GUI:\s+NONE", cv2.getBuildInformation()):
        return "this OpenCV is the headless one"
    return None


class WindowSink:
    """Shows every frame with its overlay; q, Esc and closing the window end the run."""

    drawn = True

    def __enter__(self) -> Self:
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
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
