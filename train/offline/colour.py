"""Contrast, brightness, saturation and hue: one colour matrix, applied once and rounded once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image
from train.augment.colour_matrices import FROM_YIQ, LUMINANCE, TO_YIQ
from train.offline.operation import Operation, Parameters

_LUMA_BGR = np.array(LUMINANCE[::-1])
_YIQ_OF_BGR = TO_YIQ[:, ::-1]
_BGR_OF_YIQ = FROM_YIQ[::-1]

Matrix = npt.NDArray[np.float64]


def _draw_factor(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"factor": rng.uniform(max(0.0, 1 - most), 1 + most)}


def _draw_hue(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"degrees": rng.uniform(-360.0 * most, 360.0 * most)}


def _contrast(mean: float, factor: float) -> Matrix:
    return _matrix(factor * np.eye(3), (1 - factor) * mean)


def _brightness(_mean: float, factor: float) -> Matrix:
    return _matrix(factor * np.eye(3))


def _saturation(_mean: float, factor: float) -> Matrix:
    return _matrix(factor * np.eye(3) + (1 - factor) * np.tile(_LUMA_BGR, (3, 1)))


def _hue(_mean: float, degrees: float) -> Matrix:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    return _matrix(_BGR_OF_YIQ @ turn @ _YIQ_OF_BGR)


DRAWS: dict[str, Callable[[float, np.random.Generator], Parameters | None]] = {
    "contrast": _draw_factor,
    "brightness": _draw_factor,
    "saturation": _draw_factor,
    "hue": _draw_hue,
}
"""Draws the parameters of an operation from its setting. In the order in which they are done."""

MATRICES: dict[str, Callable[..., Matrix]] = {
    "contrast": _contrast,
    "brightness": _brightness,
    "saturation": _saturation,
    "hue": _hue,
}
"""(mean luminance, parameters) → (4, 4) matrix on (blue, green, red, 1)."""


def recolour(image_bgr: Image, operations: Sequence[Operation]) -> Image:
    """Do all operations of this module at once.

    Args:
        image_bgr: (height, width, 3) uint8.
        operations: all of this module; contrast, which knows the mean of the photograph, is done first.

    Returns:
        a picture of the same size; what leaves 0..255 is cut.
    """
    mean = float(image_bgr.reshape(-1, 3).mean(axis=0) @ _LUMA_BGR)
    product: Any = np.eye(4)
    for operation in operations:
        product = MATRICES[operation.name](mean, **operation.parameters) @ product
    colours = cv2.transform(image_bgr.astype(np.float32), product[:3].astype(np.float32))  # in bytes it is off by one
    return np.asarray(np.clip(np.rint(colours), 0, 255), np.uint8)


def _matrix(linear: Matrix, constant: float = 0.0) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = constant
    return matrix
