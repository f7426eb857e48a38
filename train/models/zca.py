"""ZCA whitening: decorrelate the numbers of a picture with the least change to it.

Bell and Sejnowski, "The independent components of natural scenes are edge filters", Vision Research 37 (1997).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import UsageError
from edge_app.common.python_faces import described
from train.data.photograph_set import Photographs, picture_blocks

EPSILON = 1e-3
"""Added to every variance, of pixels within [-1, 1].

No direction is amplified more than 1/√ε ≈ 32 times, so JPEG and rounding noise (a standard deviation of one to two grey
levels, 0.008 to 0.016) stays below 0.5 where the picture itself comes to 1. Directions whose variance is far above ε
have variance 1 after whitening; any other variance v has v / (v + ε).
"""

PATCH = 8
"""Width and height in pixels of the patches that pictures above `WHOLE_SIZE` are whitened by: 192 numbers each."""

WHOLE_SIZE = 32
"""Largest width in pixels at which whole pictures are whitened: 3,072 numbers, a matrix of 38 MB."""

_MOST_SAMPLES = 200_000  # a thousand for each number of a patch
_AT_ONCE = 256  # photographs

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Zca:
    """A whitening and its inverse: y = (x - mean) · whitening, x = y · inverse + mean.

    Attributes:
        mean: (numbers,).
        whitening: (numbers, numbers), symmetric.
        inverse: (numbers, numbers), symmetric.
        epsilon: added to the variances.
        samples: that it was fitted on.
    """

    mean: Floats
    whitening: Floats
    inverse: Floats
    epsilon: float
    samples: int

    def whiten(self, vectors: Floats) -> Floats:
        """(samples, numbers) → the same shape, decorrelated."""
        return np.asarray((vectors - self.mean) @ self.whitening, np.float32)

    def unwhiten(self, whitened: Floats) -> Floats:
        """(samples, numbers) → the same shape, as it was before `whiten`."""
        return np.asarray(whitened @ self.inverse + self.mean, np.float32)


def fit_zca(photographs: Photographs | npt.NDArray[np.uint8], patch: int, epsilon: float = EPSILON) -> Zca:
    """Fit to pictures, cut into patches side by side.

    With Σ = U · diag(v) · Uᵀ the covariance of the samples, whitening = U · diag(1/√(v + ε)) · Uᵀ. Of very many patches
    every n-th is used, where n shares no factor with the patches in a row, so that all places of a picture count.

    Args:
        photographs: or their pixels, (photographs, height, width, 3) uint8; height and width are multiples of `patch`.
        patch: width and height of a sample in pixels; the width of square pictures: they are samples as a whole.
        epsilon: added to the variances; pixels are within [-1, 1].
    """
    numbers = patch * patch * 3
    total, products, count = np.zeros(numbers), np.zeros((numbers, numbers)), 0
    for vectors in _samples(photographs, patch):
        total += vectors.sum(axis=0, dtype=np.float64)
        products += vectors.T @ vectors  # within a block in float32: errors of 1e-5, far below ε
        count += len(vectors)
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    spread = np.sqrt(np.maximum(variances, 0.0) + epsilon)
    return Zca(
        mean=mean.astype(np.float32),
        whitening=((directions / spread) @ directions.T).astype(np.float32),
        inverse=((directions * spread) @ directions.T).astype(np.float32),
        epsilon=epsilon,
        samples=count,
    )


def patches(images_rgb: npt.NDArray[np.uint8], patch: int) -> Floats:
    """Cut pictures into patches side by side.

    Returns:
        (photographs · rows · columns, patch · patch · 3) float32 within [-1, 1], row by row, in each patch too.
    """
    count, height, width, channels = images_rgb.shape
    cut = images_rgb.reshape(count, height // patch, patch, width // patch, patch, channels)
    vectors = cut.transpose(0, 1, 3, 2, 4, 5).reshape(-1, patch * patch * channels)
    return vectors.astype(np.float32) / 127.5 - 1.0


def zca_whiten(images_rgb: npt.NDArray[np.uint8], patch: int = PATCH) -> Floats:
    """Whiten pictures by what they have in common, patch by patch.

    Args:
        images_rgb: (photographs, height, width, 3) uint8 RGB; height and width are multiples of `patch`.
        patch: width and height of a patch in pixels.

    Returns:
        (photographs, height, width, 3) float32, of mean 0 and at most variance 1.

    Raises:
        UsageError: they are no such pictures.
    """
    _refuse_unlike(images_rgb, patch)
    count, height, width, channels = images_rgb.shape
    white = fit_zca(images_rgb, patch).whiten(patches(images_rgb, patch))
    rows, columns = height // patch, width // patch
    return white.reshape(count, rows, columns, patch, patch, channels).swapaxes(2, 3).reshape(images_rgb.shape)


def _refuse_unlike(images_rgb: object, patch: int) -> None:
    if isinstance(images_rgb, np.ndarray):
        fits = images_rgb.ndim == 4 and images_rgb.shape[-1] == 3 and images_rgb.dtype == np.uint8
        if fits and patch > 0 and not any(side % patch for side in images_rgb.shape[1:3]):
            return
    raise UsageError(
        "(photographs, height, width, 3) uint8 RGB are needed, with sides that are multiples of "
        f"{patch}; received {described(images_rgb)}"
    )


def _samples(photographs: Photographs | npt.NDArray[np.uint8], patch: int) -> Iterator[Floats]:
    step = 1
    for number, images_rgb in enumerate(picture_blocks(photographs, _AT_ONCE)):
        if number == 0:
            _, height, width, _ = images_rgb.shape
            step = _step(len(photographs) * (width // patch) * (height // patch), width // patch)
        yield patches(images_rgb, patch)[::step]


def _step(count: int, per_row: int) -> int:
    """Every how many patches are used; the number shares no factor with those in a row."""
    step = math.ceil(count / _MOST_SAMPLES)
    while step > 1 and math.gcd(step, per_row) != 1:
        step += 1
    return step
