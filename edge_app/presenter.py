"""From a raw prediction to what is shown: smoothing, figures, sinks, and the wishes of the keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge_app.common.interrupts import interrupts_held
from edge_app.display.caption import Caption, Figures, Marks
from edge_app.display.controls import Controls
from edge_app.display.smoothing import Smoothed, Smoother
from edge_app.live.display_frame import DisplayFrame, region_of
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.model.classifier import Classifier
from edge_app.sinks import Listener, Sink
from edge_app.sinks.recorder import Recorder
from edge_app.sinks.snapshot import write_snapshot

_FIGURES_PERIOD_S = 0.5


@dataclass(frozen=True)
class Presentation:
    """How results are shown.

    Attributes:
        smoothing_s: time constant of the scores, seconds; 0: every frame speaks for itself.
        top: how many labels are listed.
        several_models: whether the name of the model is shown.
        folder: where snapshots and recordings go.
        dropped: returns how many frames the source dropped.
    """

    smoothing_s: float = 0.0
    top: int = 5
    several_models: bool = False
    folder: Path = Path()
    dropped: Callable[[], int] = int


class Presenter:
    """Hands every result to the sinks.

    Args:
        sinks: they are open, and closed by whoever opened them.
        controls: what the keys have set.
        presentation: how results are shown.
        clock: tells when a frame was filmed, seconds; smoothing goes by it.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        controls: Controls,
        presentation: Presentation,
        clock: Callable[[ClassifiedFrame], float],
    ) -> None:
        self._sinks, self._controls, self._how, self._clock = sinks, controls, presentation, clock
        self._meter = _Meter(presentation.dropped)
        self._recorder = Recorder(presentation.folder, controls, lambda: self._meter.figures.fps)
        self._smoother: Smoother | None = None
        self._smoothed_for: Classifier | None = None

    def take(self, seen: ClassifiedFrame) -> bool:
        """Show a result; return false when the user wants to end."""
        smoothed = self._smooth(seen)
        figures = self._meter.tick(seen)
        region = region_of(seen.box, seen.image_bgr)
        shown = DisplayFrame(seen, Caption(smoothed.label, smoothed.top, region, figures, self._marks(seen)))
        with interrupts_held():  # every sink gets the frame
            going_on = [sink.take(shown) for sink in self._sinks]
            self._recorder.take(shown)
        if shown.draw_ms:
            self._meter.drew(shown.draw_ms)
        if self._controls.take_snapshot_wish():
            write_snapshot(shown, self._how.folder, self._controls)
        return all(going_on) and not self._controls.ended

    def idle(self) -> bool:
        """Let windows listen to keys while no frame comes; return false when the user wants to end."""
        listening = [sink.listen() for sink in self._sinks if isinstance(sink, Listener)]
        return all(listening) and not self._controls.ended

    def close(self) -> None:
        """Finish a recording."""
        self._recorder.close()

    def _smooth(self, seen: ClassifiedFrame) -> Smoothed:
        prediction = seen.prediction
        if self._how.smoothing_s <= 0.0 or prediction.raw is None:
            return Smoothed(prediction.label, prediction.top)
        if self._smoothed_for is not seen.classifier:  # another model: other labels
            card = seen.classifier.card
            self._smoother = Smoother(card.labels, self._how.smoothing_s, card.neither_threshold, self._how.top)
            self._smoothed_for = seen.classifier
        assert self._smoother is not None
        return self._smoother.take(seen.classifier.real_scores(prediction.raw), self._clock(seen))

    def _marks(self, seen: ClassifiedFrame) -> Marks:
        controls = self._controls
        return Marks(
            times=controls.times,
            help=controls.help,
            notice=controls.notice,
            recorded_s=self._recorder.recorded_s,
            model=seen.classifier.path.stem if self._how.several_models else "",
            bars=self._how.top,
        )


class _Meter:
    """Means of the last half second."""

    def __init__(self, dropped: Callable[[], int]) -> None:
        self.figures = Figures()
        self._dropped = dropped
        self._since_s = 0.0
        self._sums = [0.0] * 4
        self._frames = 0

    def tick(self, seen: ClassifiedFrame) -> Figures:
        """Count a frame; return the figures to show with it."""
        said = seen.prediction
        for place, value in enumerate((said.age_ms, said.latency_ms, said.prepare_ms, said.invoke_ms)):
            self._sums[place] += value
        self._frames += 1
        now_s = time.perf_counter()
        passed_s = now_s - self._since_s
        if self._since_s == 0.0 or passed_s >= _FIGURES_PERIOD_S:
            fps = 0.0 if self._since_s == 0.0 else self._frames / passed_s
            age, latency, prepare, invoke = (value / self._frames for value in self._sums)
            self.figures = Figures(fps, age, latency, prepare, invoke, self.figures.draw_ms, self._dropped())
            self._since_s, self._frames, self._sums = now_s, 0, [0.0] * 4
        return self.figures

    def drew(self, duration_ms: float) -> None:
        """Note how long a drawing took."""
        self.figures = replace(self.figures, draw_ms=duration_ms)
