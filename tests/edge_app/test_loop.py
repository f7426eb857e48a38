"""Promises of the loop, from classified frames to what sinks get."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge_app.app import LiveLoop
from edge_app.display.controls import Controls
from edge_app.display.display_frame import DisplayFrame
from edge_app.display.smoothing import LabelSmoother
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.live.region import Orientation
from edge_app.model.classifier import Classifier
from edge_app.sinks.key_captures import KeyCaptureSink
from edge_app.sources.frames import Frame
from tests.edge_app.display.display_examples import frame_bgr
from tests.models import INT8


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(INT8, threads=1)


def frame(image: np.ndarray, number: int = 0, at_s: float = 0.0) -> Frame:
    return Frame(image, "test", number, at_s)


def loop_to(
    *sinks: Any,
    controls: Controls | None = None,
    smoothing_s: float = 0.0,
    time_s: Callable[[Frame], float] = lambda _: 0.0,
) -> LiveLoop:
    """A loop that is given classified frames by hand: nothing is captured."""
    frame_stream: Any = SimpleNamespace(dropped=0, time_s=time_s)
    frame_classifier: Any = SimpleNamespace(has_several_models=False, orientation=None)
    return LiveLoop(frame_stream, frame_classifier, sinks, LabelSmoother(smoothing_s, 2), controls or Controls())


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[DisplayFrame] = []

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        self.frames.append(display_frame)
        return True


class Drawing(Kept):
    """A sink that draws, on a clock of its own."""

    def __init__(self, now_s: list[float], draw_s: float) -> None:
        super().__init__()
        self._now_s, self._draw_s = now_s, draw_s

    def consume(self, display_frame: DisplayFrame) -> bool:
        display_frame.drawn_bgr()
        display_frame.draw_ms = self._draw_s * 1e3
        self._now_s[0] += self._draw_s
        return super().consume(display_frame)


def jumping(classifier: Classifier, count: int, fps: float) -> list[ClassifiedFrame]:
    """Frames whose raw scores change sides every time."""
    image = frame_bgr()
    usual = classifier.classify(image)
    assert usual.raw is not None
    made = []
    for number in range(count):
        raw = np.zeros_like(usual.raw)
        raw[number % 2], raw[1 - number % 2] = 140, 110
        labels = classifier.card.labels
        best = ((labels[number % 2], 140 / 256), (labels[1 - number % 2], 110 / 256))
        prediction = replace(usual, label=best[0][0], score=best[0][1], top=best, raw=raw)
        made.append(ClassifiedFrame(frame(image, number, number / fps), image, None, prediction, classifier))
    return made


@pytest.mark.parametrize(("smoothing_s", "labels"), [(0.3, 1), (0.0, 2)])
def test_smoothing_holds_the_label_and_leaves_the_raw_scores(
    smoothing_s: float, labels: int, classifier: Classifier
) -> None:
    kept = Kept()
    loop = loop_to(kept, smoothing_s=smoothing_s, time_s=lambda frame: frame.captured_at_s)
    for classified in jumping(classifier, 40, 30.0):
        assert loop.show(classified)
    assert len({display_frame.label for display_frame in kept.frames}) == labels
    assert len({display_frame.classified.prediction.label for display_frame in kept.frames}) == 2


def test_keys_reach_the_picture_and_the_disk(classifier: Classifier, tmp_path: Path) -> None:
    kept, controls = Kept(), Controls()
    captures = KeyCaptureSink(controls, tmp_path)
    loop = loop_to(kept, captures, controls=controls)
    first, second, third = jumping(classifier, 3, 30.0)
    with captures:
        for key in "htsvm":
            controls.press(ord(key))
        assert loop.show(first)
        assert loop.frame_classifier.orientation == Orientation(mirror=True)
        assert loop.show(second)
        assert kept.frames[0].overlay.show_help
        assert kept.frames[0].overlay.show_times
        assert kept.frames[1].overlay.recorded_s is not None
        controls.press(ord("q"))
        assert not loop.show(third)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mp4", ".png"]


def test_e_explains_a_frame_and_closes_the_explanation(classifier: Classifier) -> None:
    kept, controls = Kept(), Controls()
    loop = loop_to(kept, controls=controls)
    (classified,) = jumping(classifier, 1, 30.0)
    loop.show(classified)
    assert kept.frames[-1].overlay.explanation is None
    controls.press(ord("e"))
    deadline = time.monotonic() + 30
    while kept.frames[-1].overlay.explanation is None:
        assert time.monotonic() < deadline
        loop.show(classified)
        assert kept.frames[-1].overlay.notice.startswith("finding out why")
        time.sleep(0.01)
    shown = kept.frames[-1].overlay.explanation
    assert shown.explanation.label == classified.classifier.classify(classified.image_bgr).label
    assert kept.frames[-1].paused().overlay.explanation is shown
    controls.press(ord("e"))
    loop.show(classified)
    assert kept.frames[-1].overlay.explanation is None


def test_the_time_of_drawing_is_shown_half_a_second_later(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now_s = Kept(), [100.0]
    monkeypatch.setattr("edge_app.live.statistics.time.perf_counter", lambda: now_s[0])
    loop = loop_to(kept, Drawing(now_s, draw_s=0.002))
    for classified in jumping(classifier, 18, 30.0):
        loop.show(classified)
        now_s[0] += 1 / 30
    timings = [display_frame.overlay.timings for display_frame in kept.frames]
    assert timings[0].draw_ms == 0.0
    assert timings[-1].draw_ms == pytest.approx(2.0, rel=0.01)


def test_timings_change_twice_a_second_and_not_with_every_frame(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now_s = Kept(), [100.0]
    monkeypatch.setattr("edge_app.live.statistics.time.perf_counter", lambda: now_s[0])
    loop = loop_to(kept)
    for number, classified in enumerate(jumping(classifier, 61, 30.0)):
        loop.show(replace(classified, prediction=replace(classified.prediction, latency_ms=float(number))))
        now_s[0] += 1 / 30
    timings = [display_frame.overlay.timings for display_frame in kept.frames]
    assert 4 <= len(set(timings)) <= 5
    assert timings[-1].fps == pytest.approx(30.0, rel=0.01)
    assert 40 < timings[-1].latency_ms < 60  # the mean of the last half second, not the last frame's
