"""What a source is: the frames it gives, what may be asked of it, and the two kinds there are.

Two kinds. A `FileSource` yields every frame, as fast as they are asked for. A `LiveSource` opens a `Device` that gives
pictures at its own rate; `edge_app.sources.newest_frame` reads it in a thread, keeps the newest and opens it again
when it breaks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from edge_app.photographs.decoder import Image

DEMO = "demo"
"""The name of the drawn camera."""

PICAMERA = "picamera"
"""The name of the ribbon-cable camera of a Raspberry Pi; `picamera:1` is the second one."""

NoticeHandler = Callable[[str], None]
"""Takes a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image_bgr: (height, width, 3) uint8 BGR.
        source: where it came from: a path, `camera 0`, `demo`.
        number: of the frame in its source, from 0; dropped ones count.
        captured_at_s: `time.perf_counter()` when it was there.
    """

    image_bgr: Image
    source: str
    number: int
    captured_at_s: float


@dataclass(frozen=True)
class CaptureOptions:
    """What the user asks of a source.

    Attributes:
        width: of a camera's picture, pixels; the camera may choose another.
        height: likewise.
        camera_fps: frames a second of a camera; None: its own choice.
        pace: `real` plays a video at its own rate and drops what comes too early; `fast` gives every frame at once.
        loop: whether videos and pictures begin again at their end.
        demo_fps: None: drawings as fast as they are asked for; else they come at this rate, like a camera's.
    """

    width: int = 640
    height: int = 480
    camera_fps: float | None = None
    pace: Literal["fast", "real"] = "fast"
    loop: bool = False
    demo_fps: float | None = None


USUAL = CaptureOptions()
"""What is asked of a source when the user says nothing."""


class FileSource(Protocol):
    """Gives every frame; `fps` is the rate to play them at."""

    live: Literal[False]
    fps: float
    skipped: list[str]

    def __enter__(self) -> Self: ...

    def __exit__(self, *_exception: object) -> None: ...

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the source ends."""
        ...


class Device(Protocol):
    """An open camera or stream; used by one thread only."""

    fps: float

    def read(self) -> tuple[Image, float] | None:
        """Wait for the next picture.

        Returns:
            The picture, (height, width, 3) uint8 BGR, and when it was captured, `time.perf_counter()`; None: the end.

        Raises:
            SourceError: it stopped giving pictures.
        """
        ...

    def release(self) -> None:
        """Give the device back to the system."""
        ...


class LiveSource(Protocol):
    """Opens a device, and opens it again when it is back after a fault."""

    live: Literal[True]
    name: str

    def open(self, tell: NoticeHandler) -> Device:
        """Open the device; may take seconds.

        Args:
            tell: gets what the user should know, such as the size that the camera chose.

        Raises:
            SourceError: it does not open; the sentence says why and the way out.
        """
        ...


def now_s() -> float:
    """The clock of `captured_at_s`, seconds."""
    return time.perf_counter()
