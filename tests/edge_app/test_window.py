"""Promises of the window: opened where it can be, otherwise a reason and never a crash."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from edge_app.classifier import Prediction
from edge_app.sinks import window

PREDICTION = Prediction("x", 0, "cat", 0.9, (("cat", 0.9),), 1.0, 1.0)
FRAME = np.zeros((10, 10, 3), np.uint8)
QT = "  GUI:                           QT5\n"
GTK = "  GUI:                           GTK3\n"
NONE = "  GUI:                           NONE\n"


@pytest.mark.parametrize(
    ("build", "display", "wayland", "answers", "reason"),
    [
        (NONE, ":0", "", True, "this OpenCV is the headless one"),
        (QT, "", "", True, "no display"),
        (QT, "", "wayland-0", True, "no display"),  # the wheels' Qt speaks X11 only
        (GTK, "", "wayland-0", True, None),
        (QT, ":9", "", False, "the display :9 does not answer"),
        (QT, ":0", "", True, None),
    ],
)
def test_the_reason_is_known_before_a_window_is_tried(
    build: str, display: str, wayland: str, answers: bool, reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: build)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    monkeypatch.setattr(window, "_x_server_answers", lambda: answers)
    assert window.why_no_window() == reason


def test_a_display_that_nobody_serves_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    assert not window._x_server_answers()


class RecordedWindows:
    """Stands in for OpenCV's windows: keeps the order of calls, presses keys, and may be closed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, key: int = -1, visible: float = 1.0) -> None:
        self.calls: list[str] = []
        self.visible = visible
        for name, answer in (("namedWindow", None), ("imshow", None), ("waitKey", key), ("destroyAllWindows", None)):
            monkeypatch.setattr(cv2, name, self._recorder(name, answer))
        monkeypatch.setattr(cv2, "getWindowProperty", lambda *_arguments: self.visible)

    def _recorder(self, name: str, answer: object) -> object:
        def record(*_arguments: object) -> object:
            self.calls.append(name)
            return answer

        return record


@pytest.mark.parametrize(("key", "goes_on"), [(-1, True), (ord("x"), True), (ord("q"), False), (27, False)])
def test_q_and_escape_end_the_run_and_the_window_is_destroyed(
    key: int, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = RecordedWindows(monkeypatch, key)
    with window.WindowSink() as sink:
        assert sink.take(PREDICTION, FRAME) is goes_on
    assert windows.calls == ["namedWindow", "imshow", "waitKey", "destroyAllWindows"]


def test_closing_the_window_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch)
    with window.WindowSink() as sink:
        assert sink.take(PREDICTION, FRAME)
        windows.visible = 0.0
        assert not sink.take(PREDICTION, FRAME)
