"""Drawn pictures in the place of photographs: of their sizes, in colour, with grain, each another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from edge_app.demo.drawn_pets import drawn_pet
from edge_app.model.card import Size
from edge_app.photographs.decoder import Image

SIZES = (Size(500, 375), Size(375, 500), Size(499, 333), Size(320, 240), Size(448, 500))
SEED = 20261128


def photograph(number: int, size: Size | None = None) -> Image:
    """Draw one of an endless row: even numbers are cats, odd ones dogs.

    Args:
        number: 0 or more.
        size: of the picture; None: one of `SIZES`, another from one number to the next.
    """
    size = size or SIZES[number % len(SIZES)]
    pet, _ = drawn_pet(SEED, number, 256)
    grain = np.random.default_rng(number).normal(0.0, 4.0, (size.height, size.width, 3))
    stretched = cv2.resize(pet, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    return np.clip(stretched + grain, 0, 255).astype(np.uint8)


def write_photographs(
    folder: Path,
    per_class: int,
    labels: Sequence[str] = ("cats", "dogs"),
    size: Size | None = None,
    *,
    flat: bool = False,
) -> Path:
    """Write JPEG files, a folder per class, or flat as `cat.0.jpg`; return the folder."""
    for number in range(per_class * len(labels)):
        label = labels[number % len(labels)]
        path = folder / f"{label}.{number}.jpg" if flat else folder / label / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), photograph(number, size))
    return folder
