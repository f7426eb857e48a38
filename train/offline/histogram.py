"""Histogram equalization of the luminance: global, and region by region with limited contrast (CLAHE)."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from edge_app.photographs.decoder import Image
from train.augment.augmentation import TILES
from train.offline.operation import Parameters

_CLIP_LIMITS = (1.5, 4.0)  # of CLAHE: how steep the mapping of a region may be; 1 would change nothing


def _draw_equalize(share: float, rng: np.random.Generator) -> Parameters | None:
    return {} if rng.random() < share else None


def _draw_clahe(share: float, rng: np.random.Generator) -> Parameters | None:
    happens, limit = rng.random() < share, rng.uniform(*_CLIP_LIMITS)
    return {"clip_limit": limit, "tiles": TILES} if happens else None


def equalize(image_bgr: Image) -> Image:
    """Spread the luminance evenly over 0..255; colour differences stay."""
    luma_red_blue = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2YCrCb)
    luma_red_blue[..., 0] = cv2.equalizeHist(luma_red_blue[..., 0])
    return np.asarray(cv2.cvtColor(luma_red_blue, cv2.COLOR_YCrCb2BGR), np.uint8)


def clahe(image_bgr: Image, clip_limit: float, tiles: int) -> Image:
    """Equalize the luminance of each region, and interpolate between them (Zuiderveld, Graphics Gems IV, 1994)."""
    luma_red_blue = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2YCrCb)
    luma_red_blue[..., 0] = cv2.createCLAHE(clip_limit, (tiles, tiles)).apply(luma_red_blue[..., 0])
    return np.asarray(cv2.cvtColor(luma_red_blue, cv2.COLOR_YCrCb2BGR), np.uint8)


DRAWS: dict[str, Callable[[float, np.random.Generator], Parameters | None]] = {
    "equalize": _draw_equalize,
    "clahe": _draw_clahe,
}
"""Draws the parameters of an operation from its setting; None: not this time."""

CHANGES: dict[str, Callable[..., Image]] = {"equalize": equalize, "clahe": clahe}
"""(picture, parameters) → picture."""
