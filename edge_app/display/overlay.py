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
    from edge_app.model.occlusion import Explained

_WHITE, _GREY, _TRACK = (255, 255, 255), (205, 205, 205), (95, 95, 95)
_GREEN, _AMBER, _RED = (95, 205, 120), (60, 180, 250), (60, 60, 235)
_SHADE = 0.4  # how much of the picture shows through a panel
_REFERENCE = (640, 480)  # sizes below are pixels of such a picture
_SMALLEST_SCALE = 0.5  # below it letters cannot be read
_LABEL_SIZE, _ROW_SIZE, _SMALL_SIZE = 30, 18, 16
_HEAD, _ROW, _EDGE = 44, 24, 10
_LARGEST_PANEL = 0.5  # of the height of the picture
_PANEL_SHARE = 0.55  # of the width of the picture, for an explanation

# Panels, 0.35 MB each for 640×480: a whole one, as a model that is sure shows it until the rate changes, and what stays
# while scores change.
_whole = RepeatedImages(most=8, most_bytes=8 << 20)
_still = RepeatedImages(most=8, most_bytes=8 << 20)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn on a frame; in fractions and words, not pixels, so it fits the frame at any size.

    Attributes:
        label: the label to show: smoothed, `neither` below the threshold.
        top: pairs of label and smoothed score, best first.
        region: the part that the model sees: left, top, width and height as fractions; None: all of it.
        timings: of the loop.
        model: name of the model, where there are several; empty: not shown.
        bars: how many labels get a bar, at most.
        show_times: whether the times of each step are shown.
        show_help: whether the keys are shown.
        notice: a sentence; empty: none.
        recorded_s: length of the video so far; None: nothing is being recorded.
        explanation: of a frame, in a panel; None: nobody asked for one, or it is not ready.
        keys: every key and what it does, for the help.
        lines: what else stands on the picture, in two columns.
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
    explanation: Explained | None = None
    keys: tuple[tuple[str, str], ...] = KEYS
    lines: tuple[tuple[str, str], ...] = ()


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
    if overlay.explanation is not None:
        _draw_explanation(brush, overlay, overlay.explanation)
    if overlay.show_help:  # in the place of all that stands there else
        _draw_lines(brush, list(overlay.keys), _EDGE)
    else:
        _draw_told(brush, overlay)
    if overlay.recorded_s is not None:
        _draw_recording(brush, overlay.recorded_s)
    return image


def _draw_told(brush: _Brush, overlay: Overlay) -> None:
    top = float(_EDGE)
    if overlay.notice:
        top = _draw_lines(brush, [(overlay.notice, "")], top)
    if overlay.lines:
        top = _draw_lines(brush, list(overlay.lines), top)
    if overlay.show_times:
        _draw_lines(brush, _times(overlay.timings), top)


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


Draw = Callable[[_Brush], None]


def _draw_kept(kept: RepeatedImages, brush: _Brush, key: tuple[object, ...], top: float, draw: Draw) -> None:
    """Draw on the picture from `top` down; what comes again is laid on it as a whole.

    Args:
        kept: what came before.
        brush: of the picture.
        key: all that `draw` depends on, besides the size of the picture.
        top: nothing is drawn above.
        draw: draws.
    """
    first = max(0, brush.px(top))
    layers = kept.get((brush.image.shape, *key), lambda: _layers(brush.image, first, draw))
    if layers is None:
        draw(brush)
    else:
        brush.lay(layers)


def _layers(image: Image, first: int, draw: Draw) -> Image:
    """Return what is drawn on black, and how much of a picture shows through: (2, rows, width, 3) uint8."""
    black, white = np.empty_like(image), np.empty_like(image)
    black[first:], white[first:] = 0, 255
    draw(_Brush(black))
    draw(_Brush(white))
    return np.stack([black[first:], white[first:] - black[first:]])


def _rows(brush: _Brush, overlay: Overlay) -> tuple[tuple[str, float], ...]:
    """Return the labels for which there is room."""
    room = int((_LARGEST_PANEL * brush.height - _HEAD) / _ROW)
    return overlay.top[: max(0, min(overlay.bars, room))]


def _draw_result(brush: _Brush, overlay: Overlay) -> None:
    """Draw label, bars and rate on a panel."""
    rows = _rows(brush, overlay)
    label, names = overlay.label, tuple([name for name, _ in rows])
    top = brush.height - _HEAD - _ROW * len(rows)

    def draw_all(other: _Brush) -> None:
        _draw_kept(_still, other, (label, names), top, lambda one: _draw_panel(one, label, names, top))
        label_width = min(other.width_of(label, _LABEL_SIZE, bold=True), other.width)
        _draw_rate(other, overlay, top + 14, other.width - label_width - 4 * _EDGE)
        _draw_scores(other, label, rows, top + _HEAD - 3)

    scores = [round(score, 3) for _, score in rows]  # less than a pixel of a bar
    key = (label, names, *scores, overlay.model, overlay.timings.fps, overlay.timings.age_ms)
    _draw_kept(_whole, brush, key, top, draw_all)


def _draw_panel(brush: _Brush, label: str, names: tuple[str, ...], top: float) -> None:
    """Draw what stays while scores change."""
    brush.shade(0, top, brush.width + 1, brush.height + 1)
    fitted = brush.fitted(label, brush.width - 2 * _EDGE, _LABEL_SIZE, bold=True)
    brush.text(fitted, _EDGE, top + 1, _LABEL_SIZE, _AMBER if label == NEITHER else _WHITE, bold=True)
    left, right = _track(brush)
    for number, name in enumerate(names):
        at = top + _HEAD - 3 + _ROW * number
        color = _WHITE if number == 0 and label == name else _GREY
        brush.text(brush.fitted(name, left - _EDGE - 8, _ROW_SIZE), _EDGE, at, _ROW_SIZE, color)
        brush.bar(left, right, at + 6, 12, _TRACK)


def _draw_scores(brush: _Brush, label: str, rows: tuple[tuple[str, float], ...], top: float) -> None:
    left, right = _track(brush)
    for number, (name, score) in enumerate(rows):
        at = top + _ROW * number
        first = number == 0 and label == name
        share = min(1.0, max(0.0, score))
        brush.bar(left, left + (right - left) * share, at + 6, 12, _GREEN if first else _GREY)
        percent = f"{score:.0%}"
        start = brush.width - _EDGE - brush.width_of(percent, _ROW_SIZE)
        brush.text(percent, start, at, _ROW_SIZE, _WHITE if first else _GREY)


def _track(brush: _Brush) -> tuple[float, float]:
    """Return where bars begin and end."""
    left = max(0.3 * brush.width, min(150.0, 0.42 * brush.width))
    return left, brush.width - _EDGE - brush.width_of("100%", _ROW_SIZE) - 6


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
    """Frame the part that the model sees."""
    x, y, width, height = region
    start = (round(x * brush.width_px), round(y * brush.height_px))
    end = (round((x + width) * brush.width_px) - 1, round((y + height) * brush.height_px) - 1)
    cv2.rectangle(brush.image, start, end, _WHITE, max(1, brush.px(2)))


def _draw_explanation(brush: _Brush, overlay: Overlay, explained: Explained) -> None:
    """Lay the heat of a frame on the upper right, above the labels."""
    from edge_app.display.explanation import panel_of  # as few need it as letters

    top = _EDGE if overlay.recorded_s is None else _EDGE + 34
    bottom = brush.height - _HEAD - _ROW * len(_rows(brush, overlay)) - _EDGE
    size = brush.px(_PANEL_SHARE * brush.width), brush.px(bottom - top)
    if min(size) > 0:
        panel = panel_of(explained, *size)
        left = brush.width_px - brush.px(_EDGE) - panel.shape[1]
        brush.image[brush.px(top) :, max(0, left) :][: panel.shape[0], : panel.shape[1]] = panel


def _draw_recording(brush: _Brush, recorded_s: float) -> None:
    text = f"REC {int(recorded_s) // 60}:{int(recorded_s) % 60:02d}"
    left = brush.width - brush.width_of(text, _SMALL_SIZE) - _EDGE - 8
    brush.shade(left - 26, _EDGE, brush.width - _EDGE, _EDGE + 28)
    centre = (brush.px(left - 12), brush.px(_EDGE + 14))
    cv2.circle(brush.image, centre, max(2, brush.px(6)), _RED, cv2.FILLED, cv2.LINE_AA)
    brush.text(text, left, _EDGE + 3, _SMALL_SIZE, _WHITE)
