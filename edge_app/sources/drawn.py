"""The drawn camera: cats and dogs drawn by our code, for machines without a camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import DEMO, USUAL, CaptureOptions, Frame, NoticeHandler, now_s
from edge_app.sources.pacing import Pace


class DrawnSource:
    """Endless drawings, as fast as they are asked for; the same film every time.

    Args:
        wishes: the size of the pictures.
        seed: another seed is another film.
    """

    live: Literal[False] = False
    fps = 15.0

    def __init__(self, wishes: CaptureOptions = USUAL, seed: int = 0) -> None:
        self.skipped: list[str] = []
        self._camera = DrawnCamera(seed, wishes.width, wishes.height)

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


class LiveDrawnSource:
    """The same film at a camera's rate: what is not asked for in time is dropped.

    Args:
        wishes: size and `demo_fps`.
    """

    live: Literal[True] = True
    name = DEMO

    def __init__(self, wishes: CaptureOptions) -> None:
        self._wishes = wishes

    def open(self, tell: NoticeHandler) -> _DrawnDevice:
        """Begin the film."""
        return _DrawnDevice(self._wishes)


class _DrawnDevice:
    def __init__(self, wishes: CaptureOptions) -> None:
        self.fps = wishes.demo_fps or DrawnSource.fps
        self._camera = DrawnCamera(0, wishes.width, wishes.height)
        self._pace = Pace(self.fps)
        self._number = 0

    def read(self) -> tuple[Image, float]:
        image, _ = self._camera.frame(self._number)
        self._number += 1
        return image, self._pace.wait()

    def release(self) -> None:
        pass
