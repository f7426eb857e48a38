"""The loop: capture, classify, draw, hand over."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event

from edge_app.ahead import ahead
from edge_app.classifier import Classifier, Prediction
from edge_app.durations import Durations
from edge_app.feed import Feed, open_feed
from edge_app.interrupts import interrupts_held
from edge_app.model_card import read_labels_file
from edge_app.photograph import Image
from edge_app.sinks import Sink
from edge_app.sources import USUAL, Frame, Wishes, open_source

_FPS_MEMORY = 0.9  # share of the old rate that stays at every frame


@dataclass(frozen=True)
class Settings:
    """One run of the app, as the command line gives it."""

    model: Path
    source: str
    labels: Path | None = None
    threads: int | None = None
    top: int = 5
    save: Path | None = None
    jsonl: str | None = None
    window: bool = True
    overwrite: bool = False
    frames: int | None = None
    wishes: Wishes = USUAL


@dataclass
class Summary:
    """What a run came to.

    Attributes:
        frames: that were classified.
        latencies: from the frame to its label.
        ages: from the capture of a frame to its label.
        dropped: frames that came while another was classified.
        outages: how often the camera was gone.
        skipped: a sentence per picture that cannot be read.
    """

    frames: int = 0
    latencies: Durations = field(default_factory=Durations)
    ages: Durations = field(default_factory=Durations)
    dropped: int = 0
    outages: int = 0
    skipped: Sequence[str] = ()

    def sentences(self) -> list[str]:
        """Return what the user should know at the end."""
        said = []
        if self.skipped:
            said = [f"skipped {len(self.skipped)} pictures:", *(f"  {sentence}" for sentence in self.skipped)]
        if self.frames > 1:
            dropped = f" ({self.dropped:,} dropped)" if self.dropped else ""
            outages = f", {self.outages} outages" if self.outages else ""
            said.append(
                f"{self.frames:,} frames{dropped}{outages}, median {self.latencies.quantile_s(0.5) * 1e3:.1f} ms from "
                f"frame to label; age of the label: median {self.ages.quantile_s(0.5) * 1e3:.1f} ms, "
                f"95 % below {self.ages.quantile_s(0.95) * 1e3:.1f} ms"
            )
        return said


def run(settings: Settings) -> Summary:
    """Classify a source until it ends, the user ends it, or Ctrl-C.

    Raises:
        FieldLensError: the model, the source or an output cannot be used.
    """
    labels = None if settings.labels is None else read_labels_file(settings.labels)
    classifier = Classifier(settings.model, settings.threads, labels, settings.top)
    for assumption in classifier.assumptions:
        note(f"assumed: {assumption}")
    summary = Summary()
    with ExitStack() as stack:
        feed = stack.enter_context(open_feed(open_source(settings.source, settings.wishes), note))
        sinks = [stack.enter_context(sink) for sink in _build_sinks(settings, feed.fps)]
        results = stack.enter_context(closing(_classified(feed, classifier, settings.frames)))
        try:
            hand_over(results, sinks, summary)
        except KeyboardInterrupt:
            note("ended by Ctrl-C")
    summary.dropped, summary.outages, summary.skipped = feed.dropped, feed.outages, feed.skipped
    return summary


def hand_over(results: Iterable[tuple[Frame, Prediction]], sinks: Sequence[Sink], summary: Summary) -> None:
    """Draw results where a sink wants it, and hand them over; end when a sink says so."""
    drawn = any(sink.drawn for sink in sinks)
    rate = _Rate()
    for frame, prediction in results:
        summary.frames += 1
        summary.latencies.add(prediction.latency_ms * 1e-3)
        summary.ages.add(prediction.age_ms * 1e-3)
        image = _draw(frame, prediction, rate.tick()) if drawn else None
        with interrupts_held():  # every sink gets the frame
            going_on = [sink.take(prediction, image) for sink in sinks]
        if not all(going_on):
            return


def _classified(feed: Feed, classifier: Classifier, limit: int | None) -> Generator[tuple[Frame, Prediction]]:
    """Classify in another thread: drawing and the sinks work on one frame while the model runs on the next."""

    def frames(stopping: Event) -> Iterator[Frame]:
        return islice(feed.frames(stopping), limit)

    return ahead(
        frames, lambda frame: classifier.classify(frame.image_bgr, frame.source, frame.number, frame.captured_at_s)
    )


def note(text: str) -> None:
    """Tell the user something on stderr: stdout may carry JSON lines."""
    print(text, file=sys.stderr, flush=True)


class _Rate:
    """Frames per second of the loop, smoothed."""

    def __init__(self) -> None:
        self._before_s = 0.0
        self._period_s = 0.0

    def tick(self) -> float:
        now_s = time.perf_counter()
        if self._before_s:
            passed_s = now_s - self._before_s
            old_s = self._period_s or passed_s
            self._period_s = _FPS_MEMORY * old_s + (1 - _FPS_MEMORY) * passed_s
        self._before_s = now_s
        return 1.0 / self._period_s if self._period_s else 0.0


def _draw(frame: Frame, prediction: Prediction, fps: float) -> Image:
    from edge_app.overlay import draw_overlay

    return draw_overlay(frame.image_bgr, prediction, fps)


def _build_sinks(settings: Settings, fps: float) -> list[Sink]:
    """Everything the user asked for; lines on stdout where there is nothing else to see."""
    sinks: list[Sink] = []
    if settings.jsonl is not None:
        from edge_app.sinks.jsonl import JsonLinesSink

        sinks.append(JsonLinesSink(settings.jsonl, settings.overwrite))
    if settings.save is not None:
        from edge_app.sinks.video import VideoSink

        sinks.append(VideoSink(settings.save, fps, settings.overwrite))
    if settings.window:
        from edge_app.sinks.window import WindowSink, why_no_window

        reason = why_no_window()
        if reason is None:
            sinks.append(WindowSink())
        elif not sinks:
            note(f"no window ({reason}): labels are printed instead")
    if not sinks:
        from edge_app.sinks.lines import LinesSink

        sinks.append(LinesSink())
    return sinks
