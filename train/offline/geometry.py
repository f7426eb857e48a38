"""Flip, rotate, zoom, translate and crop at full resolution, in one resampling.

Each operation is a matrix that moves points of the picture, in pixels around its centre, x to the right and y down;
their product is applied once, so that five operations blur no more than one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image
from train.augment.augmentation import CROP_ASPECT
from train.offline.operation import Operation, Parameters

_STRETCH = math.log(CROP_ASPECT)

Matrix = npt.NDArray[np.float64]


def _draw_flip(share: float, rng: np.random.Generator) -> Parameters | None:
    return {} if rng.random() < share else None


def _draw_rotate(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"degrees": rng.uniform(-most, most)}


def _draw_zoom(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"factor": rng.uniform(1 - most, 1 + most)}


def _draw_translate(most: float, rng: np.random.Generator) -> Parameters | None:
    return {"x": rng.uniform(-most, most), "y": rng.uniform(-most, most)}


def _draw_crop(smallest: float, rng: np.random.Generator) -> Parameters | None:
    """Draw a window within the picture: its area first, then its shape, then its place."""
    area = rng.uniform(smallest, 1.0)
    limit = min(_STRETCH, -math.log(area))  # beyond it one side would be longer than the picture's
    stretch = math.exp(rng.uniform(-limit, limit))
    width, height = math.sqrt(area * stretch), math.sqrt(area / stretch)
    left, top = rng.uniform(0, max(0.0, 1 - width)), rng.uniform(0, max(0.0, 1 - height))
    return {"left": left, "top": top, "width": width, "height": height}


def _flip(_width: int, _height: int) -> Matrix:
    return np.diag([-1.0, 1.0, 1.0])


def _rotate(_width: int, _height: int, degrees: float) -> Matrix:
    """Turn anticlockwise."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def _zoom(_width: int, _height: int, factor: float) -> Matrix:
    return np.diag([factor, factor, 1.0])


def _translate(picture_width: int, picture_height: int, x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x * picture_width], [0.0, 1.0, y * picture_height], [0.0, 0.0, 1.0]])


def _crop(picture_width: int, picture_height: int, left: float, top: float, width: float, height: float) -> Matrix:
    """Stretch a window, given in shares of the picture, over the whole of it."""
    x = ((0.5 - left) / width - 0.5) * picture_width
    y = ((0.5 - top) / height - 0.5) * picture_height
    return np.array([[1 / width, 0.0, x], [0.0, 1 / height, y], [0.0, 0.0, 1.0]])


DRAWS: dict[str, Callable[[float, np.random.Generator], Parameters | None]] = {
    "crop": _draw_crop,
    "zoom": _draw_zoom,
    "rotate": _draw_rotate,
    "translate": _draw_translate,
    "flip": _draw_flip,
}
"""Draws the parameters of an operation from its setting; None: not this time. In the order in which they are done."""

MATRICES: dict[str, Callable[..., Matrix]] = {
    "crop": _crop,
    "zoom": _zoom,
    "rotate": _rotate,
    "translate": _translate,
    "flip": _flip,
}
"""(width, height, parameters) → (3, 3) matrix of an operation."""


def movement(operations: Sequence[Operation], width: int, height: int) -> Matrix:
    """Return where the pixels of a picture go.

    Args:
        operations: all of this module, the first one is done first.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        (3, 3) float64: maps (x, y, 1) of a pixel, counted from the upper left one, to its new place.
    """
    product: Any = np.eye(3)
    for operation in operations:
        product = MATRICES[operation.name](width, height, **operation.parameters) @ product
    to_centre = np.array([[1.0, 0.0, -(width - 1) / 2], [0.0, 1.0, -(height - 1) / 2], [0.0, 0.0, 1.0]])
    moved: Matrix = np.linalg.inv(to_centre) @ product @ to_centre
    return moved


def move(image_bgr: Image, operations: Sequence[Operation]) -> Image:
    """Do all geometric operations in one cubic resampling; what comes in from outside mirrors the edge.

    Args:
        image_bgr: (height, width, 3) uint8.
        operations: all of this module, the first one is done first.

    Returns:
        a picture of the same size.
    """
    height, width = image_bgr.shape[:2]
    matrix = movement(operations, width, height)[:2]
    moved = cv2.warpAffine(
        image_bgr, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )  # cubic: the copies of a photograph should not be known by their blur
    return np.asarray(moved, np.uint8)
