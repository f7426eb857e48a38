"""Thumbnails that tell whether two frames show the same scene."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image

SIDE = 32


def thumbnail(image_bgr: Image) -> npt.NDArray[np.uint8]:
    """Return (32, 32) uint8 grey: the picture squashed."""
    small = cv2.resize(image_bgr, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def difference(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the mean difference of two thumbnails, levels of 0..255."""
    return float(np.abs(first.astype(np.int16) - second).mean())
