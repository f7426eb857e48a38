"""Promises of the window: opened where it can be, otherwise a reason and never a crash."""

from __future__ import annotations

import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge_app.display.controls import KEYS, Controls
from edge_app.sinks import window
from tests.edge_app.display.display_examples import display_example, frame_bgr

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

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, keys: str | list[int] = "", size: tuple[int, int] = (64, 48)
    ) -> None:
        self.calls: list[str] = []
        self.pictures: list[np.ndarray] = []
        self.full_screen: list[float] = []
        self.visible = 1.0
        self._keys = iter([ord(key) if isinstance(key, str) else key for key in keys])
        for name in ("namedWindow", "destroyAllWindows", "resizeWindow"):
            monkeypatch.setattr(cv2, name, lambda *_arguments, name=name: self.calls.append(name))
        monkeypatch.setattr(cv2, "imshow", lambda _title, image: self.pictures.append(image))
        monkeypatch.setattr(cv2, "waitKey", lambda _wait_ms: next(self._keys, -1))
        monkeypatch.setattr(cv2, "getWindowProperty", lambda *_arguments: self.visible)
        monkeypatch.setattr(cv2, "setWindowProperty", lambda *arguments: self.full_screen.append(arguments[2]))
        monkeypatch.setattr(cv2, "getWindowImageRect", lambda _title: (0, 0, *size))


@pytest.mark.parametrize(("key", "goes_on"), [(-1, True), (ord("x"), True), (ord("q"), False), (27, False)])
def test_q_and_escape_end_the_run_and_the_window_is_destroyed(
    key: int, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = RecordedWindows(monkeypatch, [key])
    with window.WindowSink(Controls()) as sink:
        assert sink.consume(display_example()) is goes_on
    assert windows.calls == ["namedWindow", "resizeWindow", "destroyAllWindows"]
    assert len(windows.pictures) == 1


def test_closing_the_window_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch)
    with window.WindowSink(Controls()) as sink:
        assert sink.consume(display_example())
        windows.visible = 0.0
        assert not sink.consume(display_example())


def test_keys_are_heard_while_no_frame_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    RecordedWindows(monkeypatch, "hq")
    controls = Controls()
    with window.WindowSink(controls) as sink:
        assert sink.poll_keys()
        assert controls.help
        assert not sink.poll_keys()


def test_space_waits_on_the_frame_until_it_is_pressed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch, [ord(" "), -1, -1, ord(" ")])
    with window.WindowSink(Controls()) as sink:
        assert sink.consume(display_example())
    assert len(windows.pictures) == 2  # the frame, and the frame with the word that it is paused
    assert (windows.pictures[0] != windows.pictures[1]).any()


def test_keys_that_change_the_picture_work_on_a_frame_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch, [ord(" "), -1, ord("h"), -1, ord("h"), -1, ord(" ")])
    controls = Controls()
    frame = display_example(image_bgr=frame_bgr(0, 640, 480))
    frame.with_keys = lambda overlay: replace(overlay, show_help=controls.help)
    with window.WindowSink(controls) as sink:
        assert sink.consume(frame)
    _, paused, helped, again = windows.pictures
    assert (helped != paused).any()
    np.testing.assert_array_equal(again, paused)


def test_a_paused_run_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    RecordedWindows(monkeypatch, " q")
    with window.WindowSink(Controls()) as sink:
        assert not sink.consume(display_example())


def test_f_fills_the_screen_and_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch, "ff")
    with window.WindowSink(Controls()) as sink:
        sink.consume(display_example())
        sink.consume(display_example())
    assert windows.full_screen == [cv2.WINDOW_FULLSCREEN, cv2.WINDOW_NORMAL]


def test_a_small_frame_in_a_large_window_gets_sharp_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch, size=(1280, 960))
    with window.WindowSink(Controls()) as sink:
        sink.consume(display_example(image_bgr=frame_bgr(0, 160, 120)))
        sink.consume(display_example(image_bgr=frame_bgr(0, 160, 120)))
    assert [picture.shape for picture in windows.pictures] == [(120, 160, 3), (960, 1280, 3)]


def test_a_picture_keeps_its_shape_in_any_window(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch, size=(300, 100))
    white = np.full((100, 100, 3), 255, np.uint8)
    with window.WindowSink(Controls()) as sink:
        for _ in range(2):
            sink.consume(display_example(image_bgr=white))
    picture = windows.pictures[-1]
    assert picture.shape == (100, 300, 3)
    assert (picture[:, :100] == 0).all()
    assert (picture[10, 110:190] == 255).all()
    assert (picture[:, 200:] == 0).all()


def test_a_turned_picture_turns_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = RecordedWindows(monkeypatch)
    sizes: list[tuple[int, int]] = []
    monkeypatch.setattr(cv2, "resizeWindow", lambda _title, width, height: sizes.append((width, height)))
    with window.WindowSink(Controls()) as sink:
        for shape in ((640, 480), (640, 480), (480, 600)):
            sink.consume(display_example(image_bgr=frame_bgr(0, *shape)))
    assert sizes == [(640, 480), (480, 600)]
    assert len(windows.pictures) == 3


def test_every_key_of_the_help_does_something() -> None:
    for key, does in KEYS:
        controls = Controls()
        before = dict(vars(controls))
        controls.press(ord(" ") if key == "space" else ord(key.upper()))
        assert vars(controls) != before, does


def test_requests_are_granted_once() -> None:
    controls = Controls()
    controls.press(ord("s"))
    controls.press(ord("n"))
    assert [controls.pop_snapshot_request(), controls.pop_snapshot_request()] == [True, False]
    assert [controls.pop_next_model_request(), controls.pop_next_model_request()] == [True, False]
