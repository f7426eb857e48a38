"""What people and programs get to see of a frame: one object for all sinks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from edge_app.photograph import Image
from edge_app.view import Box
from edge_app.watch import Seen


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers for the eye; they change twice a second, so that they can be read.

    Attributes:
        fps: frames per second of the loop; 0: not known yet.
        age_ms: from the capture to the label.
        latency_ms: from the frame to the label.
        prepare_ms: of it, resizing and converting.
        invoke_ms: of it, the model.
        draw_ms: of one drawing; 0: nothing was drawn yet.
        dropped: frames that a live source gave too fast.
    """

    fps: float = 0.0
    age_ms: float = 0.0
    latency_ms: float = 0.0
    prepare_ms: float = 0.0
    invoke_ms: float = 0.0
    draw_ms: float = 0.0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn besides the result.

    Attributes:
        times: the times of each step.
        help: the keys.
        notice: a sentence; empty: none.
        recorded_s: how long the video is by now; None: nothing is recorded.
        model: name of the file, where there are several; empty: not shown.
        bars: how many labels get a bar, at most.
    """

    times: bool = False
    help: bool = False
    notice: str = ""
    recorded_s: float | None = None
    model: str = ""
    bars: int = 5


@dataclass(frozen=True, slots=True)
class Caption:
    """What is drawn on a frame; it knows nothing of pixels, so it fits the frame at any size.

    Attributes:
        label: the label to show: smoothed, `neither` below the threshold.
        top: pairs of label and smoothed score, best first.
        region: the part that was classified: left, top, width and height as fractions; None: all of it.
        figures: numbers for the eye.
        marks: what is drawn besides.
    """

    label: str
    top: tuple[tuple[str, float], ...]
    region: tuple[float, float, float, float] | None = None
    figures: Figures = Figures()
    marks: Marks = Marks()


@dataclass(slots=True)
class Shown:
    """A frame, its result, and how to draw it.

    Attributes:
        seen: the frame and the raw prediction.
        caption: what is drawn on it.
        draw_ms: how long the drawing took; 0: nobody asked for it.
    """

    seen: Seen
    caption: Caption
    draw_ms: float = 0.0
    _drawn: Image | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The label to show."""
        return self.caption.label

    @property
    def score(self) -> float:
        """The best smoothed score, 0..1."""
        return self.caption.top[0][1]

    def drawn_bgr(self) -> Image:
        """Return the picture with its overlay, (height, width, 3) uint8 BGR; drawn once, whoever asks."""
        if self._drawn is None:
            start_s = time.perf_counter()
            self._drawn = self.drawn_on(self.seen.image_bgr)
            self.draw_ms = (time.perf_counter() - start_s) * 1e3
        return self._drawn

    def drawn_on(self, image_bgr: Image) -> Image:
        """Return the overlay on another size of the same picture; letters are as sharp as that size allows."""
        from edge_app.overlay import draw_overlay

        return draw_overlay(image_bgr, self.caption)

    def noticing(self, notice: str) -> Shown:
        """Return this result with another sentence on it."""
        return Shown(self.seen, replace(self.caption, marks=replace(self.caption.marks, notice=notice)))


def region_of(box: Box | None, image_bgr: Image) -> tuple[float, float, float, float] | None:
    """Return a box as fractions of its picture."""
    if box is None:
        return None
    height, width = image_bgr.shape[:2]
    return box.x / width, box.y / height, box.width / width, box.height / height
