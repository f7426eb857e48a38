"""The app's own loop on a feed, as measurements run it: JSON lines, and the overlay drawn for every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Self

from edge_app.app import Summary, classified, hand_over
from edge_app.display.controls import Controls
from edge_app.live.display_frame import DisplayFrame
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.model.classifier import Classifier
from edge_app.presenter import Presentation, Presenter
from edge_app.sinks import Sink
from edge_app.sources.frame_stream import FrameStream


class DrawnSink:
    """Wants the overlay of every frame, as a page or a window does, and hands results on.

    Args:
        look: gets every result.
    """

    def __init__(self, look: Callable[[DisplayFrame], None] = lambda _: None) -> None:
        self._look = look

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def take(self, shown: DisplayFrame) -> bool:
        """Draw."""
        shown.drawn_bgr()
        self._look(shown)
        return True


def run_loop(feed: FrameStream, watch: FrameClassifier, sinks: Sequence[Sink], frames: int | None) -> Summary:
    """Run the app's loop on a feed."""
    controls = Controls(watch.turn)
    presenter = Presenter(sinks, controls, Presentation(), lambda seen: seen.frame.captured_at_s)
    summary = Summary()
    with closing(classified(feed, watch, presenter, None)) as results:
        hand_over(islice(results, frames), watch, presenter, controls, summary)
    presenter.close()
    return summary


def watch_of(model: Path, threads: int) -> FrameClassifier:
    """Return what classifies frames with a file."""
    return FrameClassifier([model], lambda path: Classifier(path, threads))


def nothing(_sentence: str) -> None:
    """Take what the feed tells and keep it to oneself."""
