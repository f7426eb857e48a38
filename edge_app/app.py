"""The loop: capture, classify, draw, hand over."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from edge_app.classifier import Classifier, Prediction
from edge_app.interrupts import interrupts_held
from edge_app.model_card import read_labels_file
from edge_app.photograph import Image
from edge_app.sinks import Sink
from edge_app.sources import Frame, Source, open_source

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


@dataclass
class Summary:
    """What a run came to."""

    frames: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    skipped: Sequence[str] = ()


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
        source = stack.enter_context(open_source(settings.source))
        sinks = [stack.enter_context(sink) for sink in _build_sinks(settings, source)]
        frames = stack.enter_context(closing(_frames(source, settings.frames)))
        try:
            classify_frames(frames, classifier, sinks, summary)
        except KeyboardInterrupt:
            note("ended by Ctrl-C")
    summary.skipped = source.skipped
    return summary


def classify_frames(frames: Iterable[Frame], classifier: Classifier, sinks: Sequence[Sink], summary: Summary) -> None:
    """Classify, draw where a sink wants it, hand over; end when a sink says so."""
    drawn = any(sink.drawn for sink in sinks)
    rate = _Rate()
    for frame in frames:
        prediction = classifier.classify(frame.image_bgr, frame.source, frame.number, frame.captured_at_s)
        summary.frames += 1
        summary.latencies_ms.append(prediction.latency_ms)
        image = _draw(frame, prediction, rate.tick()) if drawn else None
        with interrupts_held():  # every sink gets the frame
            going_on = [sink.take(prediction, image) for sink in sinks]
        if not all(going_on):
            return


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


def _frames(source: Source, limit: int | None) -> Generator[Frame]:
    """All frames of a file, the newest ones of a live source."""
    if source.live:
        from edge_app.latest import newest_frames

        frames = newest_frames(source)
    else:
        frames = source.frames()
    try:
        yield from islice(frames, limit)
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()


def _build_sinks(settings: Settings, source: Source) -> list[Sink]:
    """Everything the user asked for; lines on stdout where there is nothing else to see."""
    sinks: list[Sink] = []
    if settings.jsonl is not None:
        from edge_app.sinks.jsonl import JsonLinesSink

        sinks.append(JsonLinesSink(settings.jsonl, settings.overwrite))
    if settings.save is not None:
        from edge_app.sinks.video import VideoSink

        sinks.append(VideoSink(settings.save, source.fps, settings.overwrite))
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
