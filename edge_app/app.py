"""The loop: capture → classify → smooth → draw → sinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

from edge_app.common.command_line import Terminated
from edge_app.common.notices import note
from edge_app.display.controls import Controls
from edge_app.display.display_frame import DisplayFrame
from edge_app.display.overlay import Overlay
from edge_app.display.smoothing import LabelSmoother
from edge_app.live.explainer import Explainer
from edge_app.live.frame_classifier import ClassifiedFrame, FrameClassifier
from edge_app.live.interrupts import Interrupts
from edge_app.live.pipelined import pipelined
from edge_app.live.region import UPRIGHT, Orientation, Region
from edge_app.live.statistics import RunStatistics
from edge_app.live.watchdog import Watchdog
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier, FrameModel
from edge_app.model.labels import read_labels_file
from edge_app.model.threads import with_suitable_threads
from edge_app.sinks.outputs import Outputs, build_sinks, refuse_replacing
from edge_app.sinks.sink import KeyListener, Sink
from edge_app.sources.frames import DEFAULT_CAPTURE_OPTIONS, CaptureOptions, Frame, FrameStream
from edge_app.sources.opening import open_frame_stream, open_source

DEFAULT_SMOOTHING_S = 0.3
"""Time constant for moving pictures; stills are not smoothed."""
_FRAMES_TO_JUDGE = 10  # before the scores of a stranger's model are called flat
_FLAT = 0.05  # above chance


@dataclass(frozen=True)
class AppSettings:
    """One run of the app, as the command line describes it.

    Attributes:
        models: `.tflite` files; a key switches from one to the next.
        source: see `open_source`.
        labels: a file of labels to use instead of the model's own.
        threads: of the CPU; None: measured once per model.
        top: labels per prediction.
        threshold: below it the label is `neither`; None: the model's own.
        smoothing: time constant, seconds; None: `DEFAULT_SMOOTHING_S`, and 0 for stills.
        roi: the part of the frame to classify, see `Region.parse`.
        orientation: how frames are turned upright.
        frames: stop after this many; None: when the source ends.
        outputs: where results go.
        capture_options: what is asked of the source.
        stated: what the input of files without a card is.
    """

    models: tuple[Path, ...]
    source: str
    labels: Path | None = None
    threads: int | None = None
    top: int = 5
    threshold: float | None = None
    smoothing: float | None = None
    roi: str | None = None
    orientation: Orientation = UPRIGHT
    frames: int | None = None
    outputs: Outputs = field(default_factory=Outputs)
    capture_options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS
    stated: StatedInput = NOTHING_STATED


def _read_paths(settings: AppSettings) -> list[Path]:
    paths = [*settings.models, *([] if settings.labels is None else [settings.labels])]
    with suppress(OSError, ValueError):  # a pipeline is no path, and may be too long for one
        if settings.source and Path(settings.source).exists():
            paths.append(Path(settings.source))
    return paths


def run(settings: AppSettings) -> RunStatistics:
    """Classify a source until it ends, the user quits, or Ctrl-C.

    Raises:
        FieldLensError: the model, the source or an output cannot be used.
    """
    refuse_replacing(settings.outputs, _read_paths(settings))
    frame_classifier = _frame_classifier(settings)
    controls = Controls(settings.orientation)
    with ExitStack() as stack:
        source = open_source(settings.source, settings.capture_options)
        frame_stream = stack.enter_context(open_frame_stream(source, note))
        smoother = LabelSmoother(_smoothing_s(settings, frame_stream), settings.top)
        sinks = [stack.enter_context(sink) for sink in build_sinks(settings.outputs, frame_stream.fps, controls)]
        loop = LiveLoop(frame_stream, frame_classifier, sinks, smoother, controls)
        try:
            loop.run(settings.frames)
        except KeyboardInterrupt as stop:
            note("stopped by SIGTERM" if isinstance(stop, Terminated) else "stopped by Ctrl-C")
    _note_flat(frame_classifier.classifier, loop.statistics)
    return loop.statistics


def _note_flat(classifier: FrameModel, statistics: RunStatistics) -> None:
    """A stranger's model that is never sure gets pictures that it cannot read, more often than it is a bad one."""
    chance = 1.0 / len(classifier.card.labels)
    if classifier.assumptions and statistics.frames >= _FRAMES_TO_JUDGE and statistics.best_score <= chance + _FLAT:
        note(
            f"the best score of {statistics.frames:,} frames is {statistics.best_score:.1%}, hardly more than chance: "
            f"its input may be scaled wrongly; find out with: fieldlens convert doctor {classifier.path} --photos DIR"
        )


@dataclass
class LiveLoop:
    """Frames through the classifier to the sinks.

    Attributes:
        frame_stream: open; closed by whoever opened it, like the sinks.
        frame_classifier: what every frame goes through.
        sinks: get every frame with its label.
        smoother: of the labels; the default passes them through.
        controls: what keys have set.
        statistics: of the frames so far.
    """

    frame_stream: FrameStream
    frame_classifier: FrameClassifier
    sinks: Sequence[Sink]
    smoother: LabelSmoother = field(default_factory=LabelSmoother)
    controls: Controls = field(default_factory=Controls)
    statistics: RunStatistics = field(default_factory=RunStatistics)

    def __post_init__(self) -> None:
        self._watchdog = Watchdog(self.frame_classifier)
        self._interrupts = Interrupts(self.controls.go_on)
        self._explainer = Explainer(self.controls.announce)

    def run(self, limit: int | None = None) -> None:
        """Run until the source ends, the user quits, or `limit` frames are classified.

        Capturing and classifying have a thread of their own: while one frame is drawn, the model works on the next.
        """

        def capture(stopping: Event) -> Iterator[Frame]:
            return islice(self.frame_stream.frames(stopping), limit)

        results = pipelined(capture, self.frame_classifier.classify, self._poll_keys)
        try:
            with self._interrupts, closing(results) as classified_frames:
                for classified in classified_frames:
                    if not self.show(classified):
                        break
        finally:
            self._explainer.close()
            self.statistics.end(self.frame_stream.dropped, self.frame_stream.outages, self.frame_stream.skipped)

    def show(self, classified: ClassifiedFrame) -> bool:
        """Smooth the label, pass the frame to every sink, and do what keys ask for; return false to stop."""
        self.statistics.add(classified.prediction, self.frame_stream.dropped)

        def with_keys(overlay: Overlay) -> Overlay:
            return replace(overlay, **self._asked_by_keys(classified))

        display_frame = DisplayFrame(classified, self._overlay(classified), with_keys)
        self._interrupts.hold()  # every sink gets the frame, or none
        try:
            keep_running = [sink.consume(display_frame) for sink in self.sinks]
        finally:
            self._interrupts.release()
        if display_frame.draw_ms:
            self.statistics.add_drawing(display_frame.draw_ms)
        self.frame_classifier.orientation = self.controls.orientation
        if self.controls.pop_next_model_request():
            self.frame_classifier.request_next_model()
        return all(keep_running) and not self.controls.ended

    def _overlay(self, classified: ClassifiedFrame) -> Overlay:
        at_s = self.frame_stream.time_s(classified.frame)
        label, top = self.smoother.smooth(classified.prediction, classified.classifier, at_s)
        return Overlay(
            label,
            top,
            region=classified.seen,
            timings=self.statistics.timings,
            model=classified.classifier.path.stem if self.frame_classifier.has_several_models else "",
            bars=self.smoother.count,
            **self._asked_by_keys(classified),
        )

    def _asked_by_keys(self, classified: ClassifiedFrame) -> dict[str, Any]:
        """Return the fields of the overlay that keys have a say in."""
        controls = self.controls
        return {
            "show_times": controls.times,
            "show_help": controls.help,
            "notice": controls.notice,
            "recorded_s": controls.recorded_s,
            "explanation": self._explainer.follow(controls.explain, classified),
            "keys": controls.keys,
            "lines": controls.lines,
        }

    def _poll_keys(self) -> bool:
        """Let windows react to keys while no frame comes, and look after the model; return false to stop."""
        self._watchdog.look()
        keep_running = [sink.poll_keys() for sink in self.sinks if isinstance(sink, KeyListener)]
        return all(keep_running) and not self.controls.ended


def _frame_classifier(settings: AppSettings) -> FrameClassifier:
    labels = None if settings.labels is None else read_labels_file(settings.labels)
    region = None if settings.roi is None else Region.parse(settings.roi)

    def load(path: Path) -> Classifier:
        def build(threads: int | None) -> Classifier:
            return Classifier(path, threads, labels, settings.top, settings.threshold, stated=settings.stated)

        return build(settings.threads) if settings.threads else with_suitable_threads(path, build, note)

    return FrameClassifier(settings.models, load, settings.orientation, region)


def _smoothing_s(settings: AppSettings, frame_stream: FrameStream) -> float:
    if settings.smoothing is not None:
        return settings.smoothing
    return 0.0 if frame_stream.stills else DEFAULT_SMOOTHING_S
