"""Least squares of minimum norm on random features: a model whose capacity is one number."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["fourier", "relu"]
Floats = npt.NDArray[np.float64]

POOLED_SIDE = 16
"""Photographs are averaged down to so many pixels: 768 numbers."""

_BANDWIDTH = 0.5  # of the Gaussian kernel, in median distances; the paper's 5 is about half of MNIST's
_WIDE = 2  # features per photograph from which QR is safe, and four times faster than singular values
_PAIRS = 2000  # of photographs, for the median


class RandomFeatures:
    """Draws features; the first N of a seed are the same whatever N is.

    Fourier: cos(w·x + b), w normal with standard deviation 1/bandwidth, b uniform (Rahimi and Recht, NIPS 2007).
    ReLU: max(0, w·x + b), w and b normal.

    Args:
        kind: of the features.
        vectors: (photographs, numbers) of the training photographs, which fix mean and scale.
        most: features to draw.
        seed: of the draw.
    """

    def __init__(self, kind: Kind, vectors: Floats, most: int, seed: int) -> None:
        random = np.random.default_rng((seed, 3))
        self._kind, self._mean = kind, vectors.mean(axis=0)
        self._scale = 1.0 / (_BANDWIDTH * _median_distance(vectors))
        self._weights = random.standard_normal((most, vectors.shape[1])).T
        turns = np.random.default_rng((seed, 4))
        self._offsets = turns.uniform(0.0, 2.0 * np.pi, most) if kind == "fourier" else turns.standard_normal(most)

    def of(self, vectors: Floats, count: int) -> Floats:
        """Return the first features: (photographs, numbers) → (photographs, count)."""
        inner = ((vectors - self._mean) * self._scale) @ self._weights[:, :count] + self._offsets[:count]
        features: Floats = np.cos(inner) if self._kind == "fourier" else np.maximum(inner, 0.0)
        return features


def pooled_vectors(images_rgb: npt.NDArray[np.uint8]) -> Floats:
    """Average photographs down to 16×16.

    Args:
        images_rgb: (photographs, side, side, 3) uint8; the side is a multiple of 16.

    Returns:
        (photographs, 768) within 0..1.
    """
    count, side = images_rgb.shape[:2]
    block = side // POOLED_SIDE
    cut = images_rgb.reshape(count, POOLED_SIDE, block, POOLED_SIDE, block, 3)
    pooled: Floats = cut.mean(axis=(2, 4)).reshape(count, -1) / 255.0  # (photographs, 16 · 16 · 3)
    return pooled


def minimum_norm(features: Floats, wanted: Floats) -> Floats:
    """Return the least-squares coefficients; of many that interpolate, those of smallest norm.

    Args:
        features: (photographs, N).
        wanted: (photographs, outputs).

    Returns:
        (N, outputs).
    """
    count, capacity = features.shape
    if capacity >= _WIDE * count:
        q, r = np.linalg.qr(features.T)  # (N, photographs), (photographs, photographs)
        return np.asarray(q @ np.linalg.solve(r.T, wanted), np.float64)
    return np.asarray(np.linalg.lstsq(features, wanted, rcond=None)[0], np.float64)


def _median_distance(vectors: Floats) -> float:
    """Of pairs of photographs; 1 where all are the same."""
    pairs = np.random.default_rng(0).integers(0, len(vectors), (_PAIRS, 2))
    distances = np.linalg.norm(vectors[pairs[:, 0]] - vectors[pairs[:, 1]], axis=1)
    return float(np.median(distances)) or 1.0
