"""Thumbnails that tell whether two frames show the same scene, or two pictures the same photograph."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image

SIDE = 32


def thumbnail(image_bgr: Image) -> npt.NDArray[np.uint8]:
    """Return (32, 32) uint8 grey: the picture squashed, so that squashed copies of it look the same."""
    grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def difference(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the mean difference of two thumbnails, levels of 0..255."""
    return float(np.abs(first.astype(np.int16) - second).mean())
