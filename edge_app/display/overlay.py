"""What is drawn on a frame: label, score bars, rate and age; on demand the times, the keys and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_app.display.controls import KEYS
from edge_app.display.image_cache import RepeatedImages
from edge_app.live.statistics import NO_TIMINGS, LoopTimings
from edge_app.model.card import NEITHER
from edge_app.photographs.decoder import Image

if TYPE_CHECKING:
    from edge_app.display.lettering import Color

_WHITE, _GREY, _TRACK = (255, 255, 255), (205, 205, 205), (95, 95, 95)
_GREEN, _AMBER, _RED = (95, 205, 120), (60, 180, 250), (60, 60, 235)
_SHADE = 0.4  # how much of the picture shows through a panel
_REFERENCE = (640, 480)  # sizes below are pixels of such a picture
_SMALLEST_SCALE = 0.5  # below it letters cannot be read
_LABEL_SIZE, _ROW_SIZE, _SMALL_SIZE = 30, 18, 16
_HEAD, _ROW, _EDGE = 44, 24, 10
_LARGEST_PANEL = 0.5  # of the height of the picture

# A model that is sure shows the same panel for half a second, until the rate changes. 0.35 MB each for 640×480.
_panels = RepeatedImages(most=8, most_bytes=8 << 20)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn on a frame; in fractions and words, not pixels, so it fits the frame at any size.

    Attributes:
        label: the label to show: smoothed, `neither` below the threshold.
        top: pairs of label and smoothed score, best first.
        region: the part that was classified: left, top, width and height as fractions; None: all of it.
        timings: of the loop.
        model: name of the model, where there are several; empty: not shown.
        bars: how many labels get a bar, at most.
        show_times: whether the times of each step are shown.
        show_help: whether the keys are shown.
        notice: a sentence; empty: none.
        recorded_s: length of the video so far; None: nothing is being recorded.
    """

    label: str
    top: tuple[tuple[str, float], ...]
    region: tuple[float, float, float, float] | None = None
    timings: LoopTimings = NO_TIMINGS
    model: str = ""
    bars: int = 5
    show_times: bool = False
    show_help: bool = False
    notice: str = ""
    recorded_s: float | None = None


def draw_overlay(image_bgr: Image, overlay: Overlay) -> Image:
    """Return a copy of a picture with its overlay.

    Args:
        image_bgr: (height, width, 3) uint8 BGR, of any size.
        overlay: what to draw.
    """
    image = np.array(image_bgr)
    brush = _Brush(image)
    if overlay.region is not None:
        _draw_region(brush, overlay.region)
    _draw_result(brush, overlay)
    top = float(_EDGE)
    if overlay.notice:
        top = _draw_lines(brush, [(overlay.notice, "")], top)
    if overlay.show_times:
        _draw_lines(brush, _times(overlay.timings), top)
    if overlay.recorded_s is not None:
        _draw_recording(brush, overlay.recorded_s)
    if overlay.show_help:
        _draw_lines(brush, [(key, does) for key, does in KEYS], _EDGE)
    return image


class _Brush:
    """Draws in the units of the reference picture, sharp at the size of the real one."""

    def __init__(self, image: Image) -> None:
        from edge_app.display import lettering  # only where something is drawn: JSON lines need no fonts

        self._lettering = lettering
        self.image = image
        self.height_px, self.width_px = int(image.shape[0]), int(image.shape[1])
        self.scale: float = max(_SMALLEST_SCALE, min(self.width_px / _REFERENCE[0], self.height_px / _REFERENCE[1]))
        self.width, self.height = self.width_px / self.scale, self.height_px / self.scale

    def px(self, units: float) -> int:
        return round(units * self.scale)

    def shade(self, left: float, top: float, right: float, bottom: float) -> None:
        part = self.image[max(0, self.px(top)) : self.px(bottom), max(0, self.px(left)) : self.px(right)]
        if part.size:
            cv2.convertScaleAbs(part, part, alpha=_SHADE)

    def bar(self, left: float, right: float, top: float, height: float, color: Color) -> None:
        if right > left:
            corner = (self.px(right) - 1, self.px(top + height) - 1)
            cv2.rectangle(self.image, (self.px(left), self.px(top)), corner, color, cv2.FILLED)

    def text(self, text: str, left: float, top: float, size: float, color: Color = _GREY, bold: bool = False) -> None:
        at = (self.px(left), self.px(top))
        self._lettering.draw_text(self.image, text, at, self.px(size), color, "bold" if bold else "regular")

    def lay(self, layers: Image) -> None:
        """Lay on the lower part of the picture what `_layers` returned."""
        drawn, through = layers
        part = self.image[-len(drawn) :]
        cv2.multiply(part, through, part, scale=1 / 255)
        cv2.add(part, drawn, part)

    def width_of(self, text: str, size: float, bold: bool = False) -> float:
        return self._lettering.text_width_px(text, self.px(size), "bold" if bold else "regular") / self.scale

    def fitted(self, text: str, width: float, size: float, bold: bool = False) -> str:
        return self._lettering.fit_text(text, self.px(width), self.px(size), "bold" if bold else "regular")


def _layers(image: Image, draw: Callable[[_Brush], None]) -> Image:
    """Return what is drawn on black, and how much of a picture shows through: (2, rows, width, 3) uint8.

    Args:
        image: of the size to draw on.
        draw: draws on the lower part of a picture.
    """
    black, white = np.zeros_like(image), np.full_like(image, 255)
    draw(_Brush(black))
    draw(_Brush(white))
    first = int((white < 255).any(axis=(1, 2)).argmax())
    return np.stack([black[first:], white[first:] - black[first:]])


def _draw_result(brush: _Brush, overlay: Overlay) -> None:
    """Draw label, bars and rate on a panel; one that comes again is laid on the picture as a whole."""
    room = int((_LARGEST_PANEL * brush.height - _HEAD) / _ROW)
    rows = tuple((name, round(score, 3)) for name, score in overlay.top[: max(0, min(overlay.bars, room))])
    timings = overlay.timings
    shown = (brush.image.shape, overlay.label, rows, overlay.model, timings.fps, timings.age_ms)
    layers = _panels.get(shown, lambda: _layers(brush.image, lambda other: _draw_panel(other, overlay, rows)))
    if layers is None:
        _draw_panel(brush, overlay, rows)
    else:
        brush.lay(layers)


def _draw_panel(brush: _Brush, overlay: Overlay, rows: tuple[tuple[str, float], ...]) -> None:
    top = brush.height - _HEAD - _ROW * len(rows)
    brush.shade(0, top, brush.width + 1, brush.height + 1)
    label_width = min(brush.width_of(overlay.label, _LABEL_SIZE, bold=True), brush.width)
    _draw_rate(brush, overlay, top + 14, brush.width - label_width - 4 * _EDGE)
    label = brush.fitted(overlay.label, brush.width - 2 * _EDGE, _LABEL_SIZE, bold=True)
    brush.text(label, _EDGE, top + 1, _LABEL_SIZE, _AMBER if overlay.label == NEITHER else _WHITE, bold=True)
    for number, (name, score) in enumerate(rows):
        _draw_row(brush, name, score, top + _HEAD - 3 + _ROW * number, first=number == 0 and overlay.label == name)


def _draw_row(brush: _Brush, label: str, score: float, top: float, first: bool) -> None:
    left = max(0.3 * brush.width, min(150.0, 0.42 * brush.width))
    right = brush.width - _EDGE - brush.width_of("100%", _ROW_SIZE) - 6
    brush.text(brush.fitted(label, left - _EDGE - 8, _ROW_SIZE), _EDGE, top, _ROW_SIZE, _WHITE if first else _GREY)
    brush.bar(left, right, top + 6, 12, _TRACK)
    share = min(1.0, max(0.0, score))
    brush.bar(left, left + (right - left) * share, top + 6, 12, _GREEN if first else _GREY)
    percent = f"{score:.0%}"
    at = brush.width - _EDGE - brush.width_of(percent, _ROW_SIZE)
    brush.text(percent, at, top, _ROW_SIZE, _WHITE if first else _GREY)


def _draw_rate(brush: _Brush, overlay: Overlay, top: float, room: float) -> None:
    """Write model, rate and age to the right of the label: as much as there is room for."""
    age = f"age {_ms(overlay.timings.age_ms)}"
    parts = [part for part in (overlay.model, _fps(overlay.timings.fps), age) if part]
    for first in range(len(parts)):
        text = "   ".join(parts[first:])
        width = brush.width_of(text, _SMALL_SIZE)
        if width <= room:
            brush.text(text, brush.width - width - _EDGE, top, _SMALL_SIZE)
            return


def _fps(fps: float) -> str:
    return f"{fps:.0f} fps" if fps else ""


def _times(timings: LoopTimings) -> list[tuple[str, str]]:
    return [
        ("resize", _ms(timings.prepare_ms)),
        ("model", _ms(timings.invoke_ms)),
        ("scores", _ms(timings.scores_ms)),
        ("frame to label", _ms(timings.latency_ms)),
        ("drawing", _ms(timings.draw_ms)),
        ("capture to label", _ms(timings.age_ms)),
        ("dropped frames", f"{timings.dropped:,}"),
    ]


def _ms(duration_ms: float) -> str:
    return f"{duration_ms:.1f} ms" if duration_ms < 99.95 else f"{duration_ms:,.0f} ms"


def _draw_lines(brush: _Brush, lines: list[tuple[str, str]], top: float) -> float:
    """Draw two columns on a shaded field; return where it ends."""
    second = max(brush.width_of(left, _SMALL_SIZE) for left, _ in lines) + 16
    wanted = second + max(brush.width_of(right, _SMALL_SIZE) for _, right in lines)
    width = min(brush.width - 2 * _EDGE, wanted)
    bottom = top + 12 + 22 * len(lines)
    brush.shade(_EDGE, top, _EDGE + width + 16, bottom)
    for number, (left, right) in enumerate(lines):
        at = top + 5 + 22 * number
        brush.text(brush.fitted(left, width, _SMALL_SIZE), _EDGE + 8, at, _SMALL_SIZE, _WHITE)
        brush.text(right, _EDGE + 8 + second, at, _SMALL_SIZE)
    return bottom + 6


def _draw_region(brush: _Brush, region: tuple[float, float, float, float]) -> None:
    """Frame the part that is classified."""
    x, y, width, height = region
    start = (round(x * brush.width_px), round(y * brush.height_px))
    end = (round((x + width) * brush.width_px) - 1, round((y + height) * brush.height_px) - 1)
    cv2.rectangle(brush.image, start, end, _WHITE, max(1, brush.px(2)))


def _draw_recording(brush: _Brush, recorded_s: float) -> None:
    text = f"REC {int(recorded_s) // 60}:{int(recorded_s) % 60:02d}"
    left = brush.width - brush.width_of(text, _SMALL_SIZE) - _EDGE - 8
    brush.shade(left - 26, _EDGE, brush.width - _EDGE, _EDGE + 28)
    centre = (brush.px(left - 12), brush.px(_EDGE + 14))
    cv2.circle(brush.image, centre, max(2, brush.px(6)), _RED, cv2.FILLED, cv2.LINE_AA)
    brush.text(text, left, _EDGE + 3, _SMALL_SIZE, _WHITE)
