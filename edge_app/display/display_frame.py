"""A classified frame with its overlay: the one object that all sinks get."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from edge_app.display.overlay import Overlay, draw_overlay
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.photographs.decoder import Image


@dataclass(slots=True)
class DisplayFrame:
    """A frame, its label as people see it, and how to draw it.

    Attributes:
        classified: the frame and its raw prediction.
        overlay: what is drawn on it.
        with_keys: returns an overlay with what keys have changed since, for a frame that stays.
        draw_ms: how long the drawing took; 0: no sink asked for it.
    """

    classified: ClassifiedFrame
    overlay: Overlay
    with_keys: Callable[[Overlay], Overlay] = lambda overlay: overlay
    draw_ms: float = 0.0
    _drawn: Image | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The label to show."""
        return self.overlay.label

    @property
    def score(self) -> float:
        """The best smoothed score, 0..1."""
        return self.overlay.top[0][1]

    def drawn_bgr(self) -> Image:
        """Return the picture with its overlay, (height, width, 3) uint8 BGR; drawn once, however many sinks ask."""
        if self._drawn is None:
            start_s = time.perf_counter()
            self._drawn = self.drawn_on(self.classified.image_bgr)
            self.draw_ms = (time.perf_counter() - start_s) * 1e3
        return self._drawn

    def drawn_on(self, image_bgr: Image) -> Image:
        """Return the overlay on another size of the same picture; letters are as sharp as that size allows."""
        return draw_overlay(image_bgr, self.overlay)

    def paused(self) -> DisplayFrame:
        """Return this frame as it is shown while the run is paused."""
        notice = "paused: press space to continue"
        return DisplayFrame(self.classified, replace(self.with_keys(self.overlay), notice=notice))
