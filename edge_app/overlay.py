"""What the user sees on a frame: label, score bars, rate and latency."""

from __future__ import annotations

import cv2
import numpy as np

from edge_app.classifier import Prediction
from edge_app.photograph import Image

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE, _GREY, _ACCENT, _TRACK = (255, 255, 255), (200, 200, 200), (80, 200, 120), (90, 90, 90)
_SHADE = 0.45  # how much of the picture shows through the panel
_BARS = 3
_REFERENCE_HEIGHT = 480  # sizes below are pixels of a picture this high


def draw_overlay(frame_bgr: Image, prediction: Prediction, fps: float) -> Image:
    """Return a copy of the frame with the prediction drawn on it.

    Args:
        frame_bgr: (height, width, 3) uint8 BGR.
        prediction: its best labels get bars.
        fps: frames per second of the loop; 0: not known yet.
    """
    image = np.array(frame_bgr)
    scale = max(0.4, min(image.shape[0] / _REFERENCE_HEIGHT, image.shape[1] / 400))
    rows = prediction.top[:_BARS]
    panel_height = min(image.shape[0], round((56 + 26 * len(rows)) * scale))
    panel = image[-panel_height:]
    panel[:] = cv2.convertScaleAbs(panel, alpha=_SHADE)
    _write(panel, prediction.label, (12, 34), 0.95, _WHITE, scale, 2)
    rate = f"{fps:.0f} fps  " if fps else ""
    _write_right(panel, f"{rate}{prediction.latency_ms:.1f} ms", 34, scale)
    for row, (label, score) in enumerate(rows):
        _draw_bar(panel, label, score, 56 + 26 * row, scale)
    return image


def _draw_bar(panel: Image, label: str, score: float, top: int, scale: float) -> None:
    left, right = round(170 * scale), panel.shape[1] - round(64 * scale)
    y0, y1 = round((top + 4) * scale), round((top + 16) * scale)
    if right > left:
        cv2.rectangle(panel, (left, y0), (right, y1), _TRACK, cv2.FILLED)
        cv2.rectangle(panel, (left, y0), (left + round((right - left) * min(1.0, score)), y1), _ACCENT, cv2.FILLED)
    _write(panel, _fitted(label, 158 * scale, 0.48 * scale), (12, top + 15), 0.48, _GREY, scale)
    _write_right(panel, f"{score:.0%}", top + 15, scale)


def _fitted(text: str, width_px: float, font_scale: float) -> str:
    """Shorten a label until it leaves room for its bar."""
    shown = text
    while len(shown) > 3 and cv2.getTextSize(shown, _FONT, font_scale, 1)[0][0] > width_px:
        shown = shown.rstrip(".")[:-1].rstrip(" ,") + ".."
    return shown


def _write(
    panel: Image, text: str, at: tuple[int, int], size: float, color: tuple[int, int, int], scale: float, thick: int = 1
) -> None:
    origin = (round(at[0] * scale), round(at[1] * scale))
    cv2.putText(panel, _drawable(text), origin, _FONT, size * scale, color, max(1, round(thick * scale)), cv2.LINE_AA)


def _write_right(panel: Image, text: str, baseline: int, scale: float) -> None:
    width = cv2.getTextSize(text, _FONT, 0.48 * scale, 1)[0][0]
    _write(panel, text, (round((panel.shape[1] - width) / scale) - 12, baseline), 0.48, _GREY, scale)


def _drawable(text: str) -> str:
    """OpenCV's fonts know ASCII only; anything else would be drawn as question marks."""
    return text.encode("ascii", "replace").decode()
