"""Text on pictures: every label is drawn as it is written, or the user is told once why not.

OpenCV 5 brings its own fonts (Latin, Greek, Cyrillic, Hebrew, Chinese, Japanese, Korean) and draws a question mark
where they have nothing, without a word; OpenCV 4 knows ASCII only. What they lack goes to Pillow with a font of the
system (`fonts`), and what neither can draw is shown by its code points, with one sentence on how to get a font.

Texts are drawn once and kept as masks: a mask is laid on a frame in a few microseconds.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np

from edge_app.common.notices import Once, escape_control
from edge_app.display.fonts import draw_with_pillow, font_file_for, pillow_is_there
from edge_app.display.image_cache import ImageCache
from edge_app.photographs.decoder import Image

Color = tuple[int, int, int]
"""Blue, green, red, 0..255."""

_HERSHEY = cv2.FONT_HERSHEY_SIMPLEX
_HERSHEY_HEIGHT_PX = 30.0  # of a line at scale 1
_WEIGHTS = {"regular": 400, "bold": 650}
_RISE, _LINE = 1.0, 1.35  # baseline and height of a line, in sizes
_SHAPED_BIDI = ("AL", "AN")  # Arabic letters: OpenCV draws them without joining them
_LONGEST = 120  # characters: more do not fit any screen

Weight = Literal["regular", "bold"]


_told = Once()
# Rates and scores change for days: what is kept must not grow with them. About 3 MB for 640×480, at 4K at most 24.
_cache = ImageCache(most=200, most_bytes=24 << 20)


def text_mask(text: str, size_px: int, weight: Weight = "regular") -> Image:
    """Return the coverage of one line of text, (height, width) uint8, 0..255; all lines of a size are equally high.

    Args:
        text: any; control characters are shown by their code.
        size_px: height of the letters' square, pixels.
        weight: `bold` where the engine has it.
    """
    return _mask(text[:_LONGEST], max(1, size_px), weight)


def text_width_px(text: str, size_px: int, weight: Weight = "regular") -> int:
    """Return how wide a text is, pixels."""
    return int(text_mask(text, size_px, weight).shape[1])


@lru_cache(maxsize=256)
def fit_text(text: str, width_px: int, size_px: int, weight: Weight = "regular") -> str:
    """Shorten a text until it is at most so wide; the cut is shown by `…`."""
    if text_width_px(text, size_px, weight) <= width_px:
        return text
    low, high = 0, min(len(text), _LONGEST)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width_px(_cut(text, middle), size_px, weight) <= width_px:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low) if low else ""


def draw_text(
    image_bgr: Image, text: str, at: tuple[int, int], size_px: int, color: Color, weight: Weight = "regular"
) -> None:
    """Draw a line of text in place; what lies outside of the picture is cut.

    Args:
        image_bgr: (height, width, 3) uint8 BGR.
        text: see `text_mask`.
        at: left and top of the line, pixels.
        size_px: see `text_mask`.
        color: of the ink.
        weight: see `text_mask`.
    """
    layers = _layers(text[:_LONGEST], max(1, size_px), weight, color)
    _, height, width, _ = layers.shape
    left, top = max(0, at[0]), max(0, at[1])
    right, bottom = min(image_bgr.shape[1], at[0] + width), min(image_bgr.shape[0], at[1] + height)
    if right <= left or bottom <= top:
        return
    ink, through = layers[:, top - at[1] : bottom - at[1], left - at[0] : right - at[0]]
    region = image_bgr[top:bottom, left:right]
    # covered: ink, elsewhere the picture shows through; saturated sums of bytes
    cv2.multiply(region, through, region, scale=1 / 255)
    cv2.add(region, ink, region)


def _layers(text: str, size_px: int, weight: Weight, color: Color) -> Image:
    """Return the ink, and how much of the picture shows through: (2, height, width, 3) uint8."""

    def make() -> Image:
        mask = _mask(text, size_px, weight)
        three = cv2.merge([mask, mask, mask])
        return np.stack([cv2.multiply(three, np.full_like(three, color), scale=1 / 255), 255 - three])

    return _cache.get((text, size_px, weight, color), make)


def _mask(text: str, size_px: int, weight: Weight) -> Image:
    return _cache.get((text, size_px, weight), lambda: _drawn_mask(text, size_px, weight))


def _drawn_mask(text: str, size_px: int, weight: Weight) -> Image:
    shown = unicodedata.normalize("NFC", escape_control(text))
    if _opencv_draws(shown):
        return _opencv_mask(shown, size_px, weight)
    if pillow_is_there():
        font = font_file_for("".join(sorted(set(shown.replace(" ", "")))))
        if font is not None:
            return _as_line(draw_with_pillow(shown, size_px, font), size_px)
    _told.note(_way_out(shown), about="fonts")
    escaped = shown.replace("…", "..").encode("ascii", "backslashreplace").decode()
    return _opencv_mask(escaped, size_px, weight)


def _opencv_draws(text: str) -> bool:
    return text.isascii() or (hasattr(cv2, "FontFace") and all(_in_opencv_font(character) for character in text))


@lru_cache(maxsize=4096)
def _in_opencv_font(character: str) -> bool:
    """Compare what OpenCV draws with its question mark: it has no other way to ask."""
    if character.isascii() or character == "…":
        return True
    if unicodedata.bidirectional(character) in _SHAPED_BIDI:
        return False
    canvas, asked = np.zeros((2, 48, 64), np.uint8)
    for image, drawn in ((canvas, character), (asked, "?")):
        cv2.putText(image, drawn, (16, 36), (255,), _face(), 24, 400)
    return not np.array_equal(canvas, asked)


@lru_cache(maxsize=1)
def _face() -> Any:
    return cv2.FontFace("sans")


def _opencv_mask(text: str, size_px: int, weight: Weight) -> Image:
    if not hasattr(cv2, "FontFace"):
        return _hershey_mask(text.replace("…", ".."), size_px, weight)
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _face(), size_px, _WEIGHTS[weight])
    canvas = np.zeros((round(_LINE * size_px), max(1, width + size_px)), np.uint8)
    cv2.putText(canvas, text, (0, round(_RISE * size_px)), (255,), _face(), size_px, _WEIGHTS[weight])
    return _trimmed(canvas, width)


def _hershey_mask(text: str, size_px: int, weight: Weight) -> Image:
    thickness = max(1, round(size_px / (11 if weight == "bold" else 18)))
    scale = size_px / _HERSHEY_HEIGHT_PX
    (width, _), _ = cv2.getTextSize(text, _HERSHEY, scale, thickness)
    canvas = np.zeros((round(_LINE * size_px), max(1, width)), np.uint8)
    cv2.putText(canvas, text, (0, round(_RISE * size_px)), _HERSHEY, scale, 255, thickness, cv2.LINE_AA)
    return canvas


def _trimmed(canvas: Image, width: int) -> Image:
    """Cut empty columns, but never more than to the width that the font states: a space has a width too."""
    columns = np.flatnonzero(canvas.any(axis=0))
    if len(columns) == 0:
        return canvas[:, : max(1, width)].copy()
    return canvas[:, columns[0] : max(columns[-1] + 1, columns[0] + 1)].copy()


def _as_line(ink: Image, size_px: int) -> Image:
    """Give Pillow's text the height of a line."""
    height = round(_LINE * size_px)
    cut = ink[:height]
    return np.pad(cut, ((0, height - cut.shape[0]), (0, 0)))


def _cut(text: str, length: int) -> str:
    return text if length >= len(text) else text[:length].rstrip(" ,.") + "…"


def _way_out(text: str) -> str:
    strange = next((character for character in text if not character.isascii()), text[:1])
    name = unicodedata.name(strange, f"U+{ord(strange):04X}").split(" ")[0].title()
    if not pillow_is_there():
        how = "pip install pillow, and a system font that has them (fonts-noto-core on Debian)"
    else:
        how = "install a system font that has them (fonts-noto-core on Debian)"
    return f"this OpenCV cannot draw {name} letters, so labels show code points instead; to see the letters: {how}"
