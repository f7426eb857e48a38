"""What is done to a copy: drawn first, as a list that can be written down, then applied.

The list alone decides the pixels: a manifest is enough to make every copy again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from edge_app.photographs.decoder import Image
from train.offline import colour, disturbance, geometry, histogram
from train.offline.operation import Operation, Parameters
from train.offline.settings import OfflineAugmentation

_DRAWS: dict[str, Callable[[float, np.random.Generator], Parameters | None]] = {
    **histogram.DRAWS,
    **geometry.DRAWS,
    **colour.DRAWS,
    **disturbance.DRAWS,
}
_CHANGES = {**histogram.CHANGES, **disturbance.CHANGES}


def generator_of(seed: int, origin_sha256: str, copy: int) -> np.random.Generator:
    """Return the random numbers of a copy.

    They depend on nothing else: not on the order of the files, on other files, or on the file's name.

    Args:
        seed: of the command, at least 0.
        origin_sha256: of the photograph.
        copy: its number; 0 is for what all copies of a photograph share.
    """
    words = np.frombuffer(bytes.fromhex(origin_sha256), ">u4")
    return np.random.default_rng([seed, copy, *words.tolist()])


def draw_operations(settings: OfflineAugmentation, rng: np.random.Generator) -> tuple[Operation, ...]:
    """Draw what happens to a copy.

    Every operation has random numbers of its own: switching one off leaves the others as they were.

    Args:
        settings: how often and how far.
        rng: of the copy; it is not moved on.
    """
    drawn = []
    for (name, draw), child in zip(_DRAWS.items(), rng.spawn(len(_DRAWS)), strict=True):
        amount = settings.amount(name)
        parameters = None if amount is None else draw(amount, child)
        if parameters is not None:
            drawn.append(Operation.rounded(name, parameters))
    return tuple(drawn)


def apply_operations(image_bgr: Image, operations: Sequence[Operation]) -> Image:
    """Do what was drawn.

    Args:
        image_bgr: (height, width, 3) uint8.
        operations: the first one is done first; neighbours that move pixels are done in one resampling, and neighbours
            that change colours in one rounding.

    Returns:
        a picture of the same size.
    """
    for kind, group in groupby(operations, _kind):
        if kind == "geometry":
            image_bgr = geometry.move(image_bgr, tuple(group))
        elif kind == "colour":
            image_bgr = colour.recolour(image_bgr, tuple(group))
        else:
            for operation in group:
                image_bgr = _CHANGES[operation.name](image_bgr, **operation.parameters)
    return image_bgr


def _kind(operation: Operation) -> str:
    if operation.name in geometry.MATRICES:
        return "geometry"
    return "colour" if operation.name in colour.MATRICES else "change"
