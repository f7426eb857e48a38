"""The app's own loop on a frame stream, as measurements run it: JSON lines, and the overlay drawn for every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from edge_app.app import LiveLoop
from edge_app.display.display_frame import DisplayFrame
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.live.statistics import RunStatistics
from edge_app.live.watchdog import watch
from edge_app.model.classifier import Classifier
from edge_app.sinks.sink import Sink
from edge_app.sources.frames import FrameStream


class DrawnSink:
    """Wants the overlay of every frame, as a page or a window does, and passes frames on.

    Args:
        on_frame: gets every frame.
    """

    def __init__(self, on_frame: Callable[[DisplayFrame], None] = lambda _: None) -> None:
        self._on_frame = on_frame

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Draw."""
        display_frame.drawn_bgr()
        self._on_frame(display_frame)
        return True


def run_loop(
    frame_stream: FrameStream, frame_classifier: FrameClassifier, sinks: Sequence[Sink], frames: int | None
) -> RunStatistics:
    """Run the app's loop on a frame stream, for at most so many frames."""
    loop = LiveLoop(frame_stream, frame_classifier, sinks)
    loop.run(frames)
    return loop.statistics


def frame_classifier_of(model: Path, threads: int) -> FrameClassifier:
    """Return what classifies frames with a file."""
    return FrameClassifier([model], lambda path: watch(Classifier(path, threads)))


def ignore_notice(_sentence: str) -> None:
    """Keep what a source tells from the screen."""
