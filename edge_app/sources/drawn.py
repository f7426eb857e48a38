"""The drawn camera: cats and dogs drawn by our code, for machines without a camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import DEFAULT_CAPTURE_OPTIONS, DEMO, CaptureOptions, Frame, NoticeHandler, Pacer, now_s


class DrawnSource:
    """Endless drawings, as fast as they are asked for; the same film every time.

    Args:
        options: the size of the pictures, and `demo_film`.
    """

    live: Literal[False] = False
    stills = False
    fps = 15.0

    def __init__(self, options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS) -> None:
        self.skipped: list[str] = []
        self._camera = DrawnCamera(options.demo_film, options.width, options.height)

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
        options: size, `demo_fps` and `demo_film`.
    """

    live: Literal[True] = True
    name = DEMO

    def __init__(self, options: CaptureOptions) -> None:
        self._options = options

    def open(self, on_notice: NoticeHandler) -> _DrawnDevice:
        """Begin the film."""
        return _DrawnDevice(self._options)


class _DrawnDevice:
    def __init__(self, options: CaptureOptions) -> None:
        self.fps = options.demo_fps or DrawnSource.fps
        self._camera = DrawnCamera(options.demo_film, options.width, options.height)
        self._pacer = Pacer(self.fps)
        self._number = 0

    def read(self) -> tuple[Image, float]:
        image, _ = self._camera.frame(self._number)
        self._number += 1
        return image, self._pacer.wait()

    def release(self) -> None:
        pass
