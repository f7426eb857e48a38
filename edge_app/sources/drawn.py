"""The drawn camera: cats and dogs drawn by our code, for machines without a camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from edge_app.drawn_pets import DrawnCamera
from edge_app.sources import DEMO, Frame, now_s


class DrawnSource:
    """Endless drawings, as fast as they are asked for; the same film every time.

    Args:
        width: pixels.
        height: pixels.
        seed: another seed is another film.
    """

    live = False
    fps = 15.0

    def __init__(self, width: int = 640, height: int = 480, seed: int = 0) -> None:
        self.skipped: list[str] = []
        self._camera = DrawnCamera(seed, width, height)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        """Yield drawings for ever."""
        number = 0
        while True:
            image, _ = self._camera.frame(number)
            yield Frame(image, DEMO, number, now_s())
            number += 1
