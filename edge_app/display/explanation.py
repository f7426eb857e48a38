"""An explanation as a picture: heat on the photograph, a bar that says what the colours mean, and the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.display.lettering import draw_text, fit_text, text_width_px
from edge_app.model.occlusion import FLAT, LIMITS, Explained, Explanation
from edge_app.photographs.decoder import Image

_GROUND, _INK, _FAINT = (26, 23, 20), (245, 244, 242), (181, 173, 163)
_LEAST_RANGE = 4 * FLAT  # of the colours, log-odds: a map of nothing must not glow
_STRONGEST = 0.75  # how much of the photograph the largest heat hides
_GREY = 0.6  # brightness of the photograph below the heat
_LETTERS = 0.044  # size over the side of the picture
_SMALLEST_LETTERS = 12


def heat_on(image_bgr: Image, explanation: Explanation) -> Image:
    """Return a picture in grey with the map on it, (height, width, 3) uint8 BGR; what the model does not get is dark.

    Args:
        image_bgr: (height, width, 3) uint8 BGR, of any size, of the shape that was classified.
        explanation: of it.
    """
    height, width = image_bgr.shape[:2]
    ground = np.full_like(image_bgr, _GROUND)
    x, y, across, down = explanation.area
    left, top = round(x * width), round(y * height)
    right, bottom = max(left + 1, round((x + across) * width)), max(top + 1, round((y + down) * height))
    seen = ground[top:bottom, left:right]
    seen[:] = warmed(image_bgr[top:bottom, left:right], explanation.cells / _range_of(explanation))
    return np.asarray(ground, np.uint8)


def warmed(image_bgr: Image, shares: npt.NDArray[np.floating[Any]]) -> Image:
    """Return a picture in grey with heat on it, (height, width, 3) uint8 BGR.

    Args:
        image_bgr: (height, width, 3) uint8 BGR.
        shares: (rows, columns) of the strongest heat, 0..1; what is beyond is cut.
    """
    grey = cv2.cvtColor(cv2.cvtColor(np.ascontiguousarray(image_bgr), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    size = (image_bgr.shape[1], image_bgr.shape[0])
    heat = cv2.resize(np.float32(shares).clip(0.0, 1.0), size, interpolation=cv2.INTER_LINEAR)
    hidden = (_STRONGEST * heat)[..., np.newaxis]
    drawn: Image = np.rint((1.0 - hidden) * _GREY * grey + hidden * _colours(heat)).astype(np.uint8)
    return drawn


def draw_explained(explained: Explained, side_px: int = 480, beside: bool = True) -> Image:
    """Return the heat with its bar and the sentences below, (height, width, 3) uint8 BGR.

    Args:
        explained: the picture and what was found.
        side_px: longer side of the picture.
        beside: whether the photograph stands beside its heat.
    """
    row, letters = draw_heat(explained, side_px, beside), _letters(side_px)
    gap, width = letters // 2, max(row.shape[1], side_px)
    lines = [(line, _INK) for text in explained.explanation.sentences() for line in _wrapped(text, width, letters)]
    if beside:
        lines += [(line, _FAINT) for line in _wrapped(LIMITS, width, letters)]
    line_px = round(1.35 * letters)
    card = np.full((row.shape[0] + gap + line_px * len(lines) + 2 * gap, width + 2 * gap, 3), _GROUND, np.uint8)
    card[gap : gap + row.shape[0], gap : gap + row.shape[1]] = row
    for number, (line, ink) in enumerate(lines):
        draw_text(card, line, (gap, row.shape[0] + 2 * gap + line_px * number), letters, ink)
    return card


def draw_heat(explained: Explained, side_px: int = 480, beside: bool = True) -> Image:
    """Return the picture and its heat with a bar of its colours, without words; see `draw_explained`."""
    image, explanation = _within(explained.image_bgr, side_px), explained.explanation
    letters = _letters(side_px)
    pictures = [*([image] if beside else []), heat_on(image, explanation)]
    return _beside([*pictures, _bar(explanation, image.shape[0], letters)], letters // 2)


@lru_cache(maxsize=2)
def panel_of(explained: Explained, width_px: int, height_px: int) -> Image:
    """Return the heat and its sentences, at most so large; drawn once for many frames."""
    side = max(1, min(width_px, height_px))
    panel = draw_explained(explained, side, beside=False)
    scale = min(1.0, width_px / panel.shape[1], height_px / panel.shape[0])
    if scale < 1.0:
        panel = draw_explained(explained, max(1, int(side * scale)), beside=False)
    return panel[:height_px, :width_px]


def _letters(side_px: int) -> int:
    return max(_SMALLEST_LETTERS, round(_LETTERS * side_px))


def _range_of(explanation: Explanation) -> float:
    return max(float(explanation.cells.max()), _LEAST_RANGE)


def _colours(heat: np.ndarray) -> Image:
    """Return (…, 3) uint8 BGR for heat from 0 to 1: from dark red over orange to yellow."""
    levels = np.rint(255 * (0.3 + 0.65 * heat)).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), np.uint8)


def _bar(explanation: Explanation, height: int, letters: int) -> Image:
    """Return the colours from 0 at the bottom to the largest value of the map, with numbers."""
    top_text, title = f"{_range_of(explanation):.1f}", "drop"
    width = letters + 4 + max(text_width_px(text, letters) for text in (top_text, title, "0"))
    bar = np.full((height, width, 3), _GROUND, np.uint8)
    line_px = round(1.35 * letters)
    first = min(line_px, height - 1)
    heat = np.linspace(1.0, 0.0, height - first, dtype=np.float32)[:, np.newaxis].repeat(letters, axis=1)
    hidden = (_STRONGEST * heat)[..., np.newaxis]
    bar[first:, :letters] = np.rint((1.0 - hidden) * _GREY * 128 + hidden * _colours(heat)).astype(np.uint8)
    draw_text(bar, title, (0, 0), letters, _FAINT)
    draw_text(bar, top_text, (letters + 4, first), letters, _FAINT)
    draw_text(bar, "0", (letters + 4, height - line_px), letters, _FAINT)
    return bar


def _beside(pictures: Sequence[Image], gap: int) -> Image:
    ground = np.full((pictures[0].shape[0], gap, 3), _GROUND, np.uint8)
    parts = [part for picture in pictures for part in (ground, picture)]
    return np.concatenate(parts[1:], axis=1)


def _within(image: Image, side_px: int) -> Image:
    """Fit a picture into a square, keeping its shape."""
    height, width = image.shape[:2]
    scale = side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR), np.uint8
    )


def _wrapped(text: str, width_px: int, letters: int) -> list[str]:
    """Break a text into lines that fit."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if text_width_px(longer, letters) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fit_text(line, width_px, letters) for line in lines if line]
