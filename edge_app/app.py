"""The loop: capture, classify, draw, hand over."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event

from edge_app.common.notices import note
from edge_app.display.controls import Controls
from edge_app.display.region import UPRIGHT, Region, Turn
from edge_app.live.frame_classifier import ClassifiedFrame, FrameClassifier
from edge_app.live.pipelined import pipelined
from edge_app.metrics.durations import Durations
from edge_app.model.card import read_labels_file
from edge_app.model.classifier import Classifier
from edge_app.model.threads import with_suitable_threads
from edge_app.presenter import Presentation, Presenter
from edge_app.sinks.outputs import Outputs, build_sinks
from edge_app.sources.frame_stream import FrameStream, open_frame_stream
from edge_app.sources.frames import USUAL, CaptureOptions, FileSource, Frame, LiveSource
from edge_app.sources.opening import open_source

SMOOTHING_S = 0.3
"""Time constant of moving pictures, where the user says nothing; single pictures are not smoothed."""


@dataclass(frozen=True)
class Settings:
    """One run of the app, as the command line gives it.

    Attributes:
        models: `.tflite` files; a key changes from one to the next.
        source: as `open_source` takes it.
        labels: instead of the files' own.
        threads: of the CPU; None: measured once per model.
        top: labels per prediction.
        threshold: below it the label is `neither`; None: the card's.
        smoothing: time constant, seconds; None: `SMOOTHING_S`, and 0 for pictures.
        roi: part of the frame to classify, as `Region.parse` takes it.
        turn: how frames are set upright.
        frames: end after so many; None: at the end.
        outputs: where results go.
        wishes: what is asked of the source.
    """

    models: tuple[Path, ...]
    source: str
    labels: Path | None = None
    threads: int | None = None
    top: int = 5
    threshold: float | None = None
    smoothing: float | None = None
    roi: str | None = None
    turn: Turn = UPRIGHT
    frames: int | None = None
    outputs: Outputs = field(default_factory=Outputs)
    wishes: CaptureOptions = USUAL


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
    region = None if settings.roi is None else Region.parse(settings.roi)

    def load(path: Path) -> Classifier:
        def build(threads: int | None) -> Classifier:
            return Classifier(path, threads, labels, settings.top, settings.threshold)

        return build(settings.threads) if settings.threads else with_suitable_threads(path, build, note)

    watch = FrameClassifier(settings.models, load, settings.turn, region)
    controls = Controls(settings.turn)
    summary = Summary()
    with ExitStack() as stack:
        source = open_source(settings.source, settings.wishes)
        feed = stack.enter_context(open_frame_stream(source, note))
        sinks = [stack.enter_context(sink) for sink in build_sinks(settings.outputs, feed.fps, controls)]
        presenter = Presenter(sinks, controls, _presentation(settings, source, feed), _film_clock(source, feed))
        stack.callback(presenter.close)
        results = stack.enter_context(closing(classified(feed, watch, presenter, settings.frames)))
        try:
            hand_over(results, watch, presenter, controls, summary)
        except KeyboardInterrupt:
            note("ended by Ctrl-C")
    summary.dropped, summary.outages, summary.skipped = feed.dropped, feed.outages, feed.skipped
    return summary


def hand_over(
    results: Iterable[ClassifiedFrame],
    watch: FrameClassifier,
    presenter: Presenter,
    controls: Controls,
    summary: Summary,
) -> None:
    """Show every result and pass on what keys have set; end when the user wants to."""
    for seen in results:
        summary.frames += 1
        summary.latencies.add(seen.prediction.latency_ms * 1e-3)
        summary.ages.add(seen.prediction.age_ms * 1e-3)
        if not presenter.take(seen):
            return
        watch.turn = controls.turn
        if controls.take_model_wish():
            watch.want_next_model()


def classified(
    feed: FrameStream, watch: FrameClassifier, presenter: Presenter, limit: int | None
) -> Generator[ClassifiedFrame]:
    """Classify in another thread: drawing and the sinks work on one frame while the model runs on the next."""

    def frames(stopping: Event) -> Iterator[Frame]:
        return islice(feed.frames(stopping), limit)

    for _, seen in pipelined(frames, watch.look, presenter.idle):
        yield seen


def _presentation(settings: Settings, source: FileSource | LiveSource, feed: FrameStream) -> Presentation:
    from edge_app.sources.pictures import PictureSource

    usual_s = 0.0 if isinstance(source, PictureSource) else SMOOTHING_S
    return Presentation(
        smoothing_s=usual_s if settings.smoothing is None else settings.smoothing,
        top=settings.top,
        several_models=len(settings.models) > 1,
        dropped=lambda: feed.dropped,
    )


def _film_clock(source: FileSource | LiveSource, feed: FrameStream) -> Callable[[ClassifiedFrame], float]:
    """A camera's frames have their time; a file's have a number and a rate, however fast they are read."""
    if source.live:
        return lambda seen: seen.frame.captured_at_s
    return lambda seen: seen.frame.number / feed.fps
