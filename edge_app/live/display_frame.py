"""What people and programs get to see of a frame: one object for all sinks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from edge_app.display.caption import Caption
from edge_app.display.region import Box
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.photographs.decoder import Image


@dataclass(slots=True)
class DisplayFrame:
    """A frame, its result, and how to draw it.

    Attributes:
        seen: the frame and the raw prediction.
        caption: what is drawn on it.
        draw_ms: how long the drawing took; 0: nobody asked for it.
    """

    seen: ClassifiedFrame
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
        from edge_app.display.overlay import draw_overlay

        return draw_overlay(image_bgr, self.caption)

    def noticing(self, notice: str) -> DisplayFrame:
        """Return this result with another sentence on it."""
        return DisplayFrame(self.seen, replace(self.caption, marks=replace(self.caption.marks, notice=notice)))


def region_of(box: Box | None, image_bgr: Image) -> tuple[float, float, float, float] | None:
    """Return a box as fractions of its picture."""
    if box is None:
        return None
    height, width = image_bgr.shape[:2]
    return box.x / width, box.y / height, box.width / width, box.height / height
