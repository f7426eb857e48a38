"""What lies over the picture: a covered rectangle and Gaussian noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from edge_app.photographs.decoder import Image
from train.augment.augmentation import ERASED_ASPECT
from train.offline.operation import Parameters

_AREAS = (0.02, 0.2)  # share of the picture that is covered
_LOG_ASPECT = math.log(ERASED_ASPECT)
_SEEDS = 1 << 32


def _draw_erase(share: float, rng: np.random.Generator) -> Parameters | None:
    """Draw a rectangle within the picture; always the same count of numbers, whether it happens or not."""
    happens, area = rng.random() < share, rng.uniform(*_AREAS)
    stretch = math.exp(rng.uniform(-_LOG_ASPECT, _LOG_ASPECT))
    width, height = min(1.0, math.sqrt(area * stretch)), min(1.0, math.sqrt(area / stretch))
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    seed = int(rng.integers(_SEEDS))
    return {"left": left, "top": top, "width": width, "height": height, "seed": seed} if happens else None


def _draw_noise(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"sigma": rng.uniform(0, most), "seed": int(rng.integers(_SEEDS))}


def erase(image_bgr: Image, left: float, top: float, width: float, height: float, seed: int) -> Image:
    """Cover a rectangle with random pixels (Zhong et al., AAAI 2020, arXiv:1708.04896).

    Args:
        image_bgr: (height, width, 3) uint8.
        left: of the rectangle, share of the picture's width.
        top: of the rectangle, share of the picture's height.
        width: of the rectangle, share of the picture's width.
        height: of the rectangle, share of the picture's height.
        seed: of the pixels.
    """
    picture_height, picture_width = image_bgr.shape[:2]
    first_x, first_y = int(left * picture_width), int(top * picture_height)
    last_x = max(first_x + 1, round((left + width) * picture_width))
    last_y = max(first_y + 1, round((top + height) * picture_height))
    covered = image_bgr.copy()
    window = covered[first_y:last_y, first_x:last_x]
    window[:] = np.random.default_rng(seed).integers(0, 256, window.shape, np.uint8)
    return covered


def add_noise(image_bgr: Image, sigma: float, seed: int) -> Image:
    """Add normal numbers, independent in every pixel and channel; what leaves 0..255 is cut.

    Args:
        image_bgr: (height, width, 3) uint8.
        sigma: standard deviation, of 255 levels.
        seed: of the numbers.
    """
    noise = np.random.default_rng(seed).standard_normal(image_bgr.shape, np.float32)
    noise *= sigma
    noise += image_bgr
    return np.clip(np.rint(noise, out=noise), 0, 255, out=noise).astype(np.uint8)


DRAWS: dict[str, Callable[[float, np.random.Generator], Parameters | None]] = {
    "erase": _draw_erase,
    "noise": _draw_noise,
}
"""Draws the parameters of an operation from its setting; None: not this time. In the order in which they are done."""

CHANGES: dict[str, Callable[..., Image]] = {"erase": erase, "noise": add_noise}
"""(picture, parameters) → picture."""
