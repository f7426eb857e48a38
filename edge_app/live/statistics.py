"""Numbers about a running loop: the timings shown on the picture, and the summary at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the web server's process imports this module and needs no classifier
    from edge_app.model.classifier import Prediction

_TIMINGS_PERIOD_S = 0.5
_TIMES = ("age_ms", "latency_ms", "prepare_ms", "invoke_ms")

_SHORTEST_S = 1e-6
_LONGEST_S = 1e4
_STEP = 1.01  # a bin is 1 % wide: what comes out is within 0.5 % of what went in
_BINS_PER_E = 1.0 / math.log(_STEP)
_BINS = math.ceil(math.log(_LONGEST_S / _SHORTEST_S) / math.log(_STEP)) + 1


@dataclass(frozen=True, slots=True)
class LoopTimings:
    """Means over the last half second, so that people can read them.

    Attributes:
        fps: frames per second of the loop; 0: not known yet.
        age_ms: from capture to label.
        latency_ms: from frame to label.
        prepare_ms: share of the latency spent on resizing and converting.
        invoke_ms: share of the latency spent in the model.
        draw_ms: of drawing; 0: nothing was drawn.
        dropped: frames that a live source delivered too fast, since the start.
    """

    fps: float = 0.0
    age_ms: float = 0.0
    latency_ms: float = 0.0
    prepare_ms: float = 0.0
    invoke_ms: float = 0.0
    draw_ms: float = 0.0
    dropped: int = 0

    @property
    def scores_ms(self) -> float:
        """Share of the latency spent on reading and sorting the scores."""
        return max(0.0, self.latency_ms - self.prepare_ms - self.invoke_ms)


NO_TIMINGS = LoopTimings()
"""Before the first frame."""


class Durations:
    """Percentiles of any number of durations in a fixed amount of memory: a run may last for weeks.

    Counts in bins of 1 %, from a microsecond to three hours; shorter and longer ones count at the ends.
    """

    def __init__(self) -> None:
        self.count = 0
        self._counts = [0] * _BINS

    def add(self, duration_s: float) -> None:
        """Count one, seconds."""
        place = 0 if duration_s <= _SHORTEST_S else int(math.log(duration_s / _SHORTEST_S) * _BINS_PER_E)
        self._counts[min(place, _BINS - 1)] += 1
        self.count += 1

    def quantile_s(self, share: float) -> float:
        """Return the duration that a share (0..1) of all does not exceed, within 0.5 %.

        Raises:
            ValueError: nothing was counted.
        """
        if not self.count:
            raise ValueError("no durations were counted")
        wanted, so_far = max(1, math.ceil(share * self.count)), 0
        for place, count in enumerate(self._counts):
            so_far += count
            if so_far >= wanted:
                return _SHORTEST_S * math.pow(_STEP, place + 0.5)
        raise AssertionError("the counts add up to the count")


@dataclass
class RunStatistics:
    """What is counted while the loop runs.

    Attributes:
        frames: that were classified.
        latencies: from frame to label.
        ages: from capture to label.
        timings: to show on the picture; they change twice a second.
        dropped: frames that arrived while another one was being classified.
        outages: how often the camera was gone.
        skipped: a sentence per picture that cannot be read.
        best_score: the highest score of a best label, 0..1.
    """

    frames: int = 0
    latencies: Durations = field(default_factory=Durations)
    ages: Durations = field(default_factory=Durations)
    timings: LoopTimings = NO_TIMINGS
    dropped: int = 0
    outages: int = 0
    skipped: Sequence[str] = ()
    best_score: float = 0.0
    _period_start_s: float = 0.0
    _period: list[Prediction] = field(default_factory=list)
    _period_drawing_ms: float = 0.0

    def add(self, prediction: Prediction, dropped: int) -> None:
        """Count a classified frame.

        Args:
            prediction: its label and times.
            dropped: frames that the source dropped so far.
        """
        self.frames += 1
        self.dropped = dropped
        self.best_score = max(self.best_score, prediction.score)
        self._period.append(prediction)
        now_s = time.perf_counter()
        if self._period_start_s == 0.0 or now_s - self._period_start_s >= _TIMINGS_PERIOD_S:
            self._end_period(now_s)

    def add_drawing(self, draw_ms: float) -> None:
        """Count how long a drawing took."""
        self._period_drawing_ms += draw_ms

    def end(self, dropped: int, outages: int, skipped: Sequence[str]) -> None:
        """Take the final counts of the source."""
        self._count()
        self.dropped, self.outages, self.skipped = dropped, outages, skipped

    def _end_period(self, now_s: float) -> None:
        first, frames = self._period_start_s == 0.0, len(self._period)
        fps = 0.0 if first else frames / (now_s - self._period_start_s)
        totals_ms = [sum(getattr(one, name) for one in self._period) for name in _TIMES]
        age, latency, prepare, invoke, draw = (total / frames for total in (*totals_ms, self._period_drawing_ms))
        self.timings = LoopTimings(fps, age, latency, prepare, invoke, draw, self.dropped)
        self._count()
        self._period_start_s, self._period_drawing_ms = now_s, 0.0

    def _count(self) -> None:
        """Count the durations of a period at once: beside a model that fills the caches that is much less work."""
        for one in self._period:
            self.latencies.add(one.latency_ms * 1e-3)
            self.ages.add(one.age_ms * 1e-3)
        self._period.clear()

    def sentences(self) -> list[str]:
        """Return what the user should know at the end."""
        sentences = []
        if self.skipped:
            pictures = "1 picture" if len(self.skipped) == 1 else f"{len(self.skipped)} pictures"
            sentences = [f"skipped {pictures}:", *(f"  {reason}" for reason in self.skipped)]
        if self.frames > 1:
            dropped = f" ({self.dropped:,} dropped)" if self.dropped else ""
            outages = f", {self.outages} {'outage' if self.outages == 1 else 'outages'}" if self.outages else ""
            sentences.append(
                f"{self.frames:,} frames{dropped}{outages}; median {self.latencies.quantile_s(0.5) * 1e3:.1f} ms from "
                f"frame to label; from capture to label: median {self.ages.quantile_s(0.5) * 1e3:.1f} ms, "
                f"95 % within {self.ages.quantile_s(0.95) * 1e3:.1f} ms"
            )
        return sentences
