"""Pictures of anything else that are drawn, so that nobody can have trained on them by accident."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.demo.scenes import random_background
from edge_app.photographs.decoder import Image

DRAWN = 240
"""Pictures of each drawn source."""


def draw_textures(count: int, size: int) -> npt.NDArray[np.uint8]:
    """Draw stripes, checks, blotches and noise, (count, size, size, 3) uint8 RGB; always the same ones."""
    rng = np.random.default_rng(0)
    kinds = (_stripes, _checks, _blotches, _noise)
    return np.stack([kinds[number % len(kinds)](rng, size) for number in range(count)])


def draw_scenes(count: int, size: int) -> npt.NDArray[np.uint8]:
    """Draw the scenes of the drawn pets without a pet, (count, size, size, 3) uint8 RGB; always the same ones."""
    rng = np.random.default_rng(1)
    scenes = [random_background(rng, size, size) for _ in range(count)]
    return np.stack([np.asarray(scene, np.uint8)[:, :, ::-1] for scene in scenes])


def _colours(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    return rng.integers(0, 256, (2, 3)).astype(np.float64)


def _blend(rng: np.random.Generator, share: npt.NDArray[np.float64]) -> Image:
    """(size, size, 3) uint8: two colours mixed by (size, size) shares 0..1."""
    first, second = _colours(rng)
    return np.asarray(first + share[:, :, np.newaxis] * (second - first), np.uint8)


def _stripes(rng: np.random.Generator, size: int) -> Image:
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, size / 3)
    return _blend(rng, 0.5 + 0.5 * np.sin((across * np.cos(angle) + down * np.sin(angle)) * 2 * np.pi / period))


def _checks(rng: np.random.Generator, size: int) -> Image:
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    side = int(rng.integers(4, size // 4))
    return _blend(rng, ((across // side + down // side) % 2).astype(np.float64))


def _blotches(rng: np.random.Generator, size: int) -> Image:
    cells = int(rng.integers(3, 24))
    coarse = rng.integers(0, 256, (cells, cells, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)


def _noise(rng: np.random.Generator, size: int) -> Image:
    spread = rng.uniform(10, 80)
    return np.asarray((rng.integers(0, 256, 3) + rng.normal(0, spread, (size, size, 3))).clip(0, 255), np.uint8)
