"""What a source is: the frames it delivers, what may be asked of it, and the two kinds there are.

A `FileSource` yields every frame, as fast as they are asked for. A `LiveSource` opens a `Device` that delivers pictures
at its own rate; `edge_app.sources.newest_frame` reads it in a thread, keeps the newest and opens it again when it
breaks. The loop sees neither, but a `FrameStream`, which `edge_app.sources.opening` makes of both.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
        source: where it comes from: a path, `camera 0`, `demo`.
        number: of the frame in its source, from 0; dropped ones count too.
        captured_at_s: `time.perf_counter()` at its capture.
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
        camera_fps: frames per second of a camera; None: its own choice.
        pace: `real` plays a video at its own rate and drops frames that come too early; `fast` delivers every frame.
        loop: whether videos and pictures start again at their end.
        demo_fps: rate of the drawn camera, which then drops frames like a real one; None: as fast as asked for.
        demo_film: what the drawn camera shows, 0 or more: each number is a film of its own.
    """

    width: int = 640
    height: int = 480
    camera_fps: float | None = None
    pace: Literal["fast", "real"] = "fast"
    loop: bool = False
    demo_fps: float | None = None
    demo_film: int = 0


DEFAULT_CAPTURE_OPTIONS = CaptureOptions()
"""What is asked of a source when the user asks for nothing."""


class FileSource(Protocol):
    """Yields every frame.

    Attributes:
        stills: whether frames are pictures that have nothing to do with each other.
        fps: the rate to play the frames at.
        skipped: a sentence per picture that cannot be read.
    """

    live: Literal[False]
    stills: bool
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
            SourceError: it stopped delivering pictures.
        """
        ...

    def release(self) -> None:
        """Give the device back to the system."""
        ...


class LiveSource(Protocol):
    """Opens a device, and opens it again when it is back after a fault."""

    live: Literal[True]
    name: str

    def open(self, on_notice: NoticeHandler) -> Device:
        """Open the device; may take seconds.

        Args:
            on_notice: gets what the user should know, such as the size that the camera chose.

        Raises:
            SourceError: it does not open; the sentence says why and the way out.
        """
        ...


class FrameStream(Protocol):
    """What the loop reads: every frame of a file source, the newest of a live one.

    Attributes:
        stills: whether frames are pictures that have nothing to do with each other.
        fps: the rate to play the frames at.
        dropped: frames that came too fast and were not delivered.
        outages: how often the device broke and was waited for.
        skipped: a sentence per picture that cannot be read.
    """

    stills: bool
    fps: float
    dropped: int
    outages: int
    skipped: Sequence[str]

    def __enter__(self) -> Self: ...

    def __exit__(self, *_exception: object) -> None: ...

    def frames(self, stopping: threading.Event | None = None) -> Iterator[Frame]:
        """Yield frames until the source ends or `stopping` is set.

        Raises:
            SourceError: the source cannot be read.
        """
        ...

    def time_s(self, frame: Frame) -> float:
        """Return when a frame shows its scene, seconds; only differences count."""
        ...


def now_s() -> float:
    """The clock of `captured_at_s`, seconds."""
    return time.perf_counter()


class Pacer:
    """Waits until the next frame is due, so that frames come at a steady rate, as from a camera.

    Args:
        fps: frames per second.
    """

    def __init__(self, fps: float) -> None:
        self._period_s = 1.0 / fps
        self._due_s = 0.0

    def wait(self) -> float:
        """Return when the frame came, `time.perf_counter()`; a reader that was late does not catch up."""
        now = now_s()
        self._due_s = self._due_s or now  # the first one comes at once
        if self._due_s > now:
            time.sleep(self._due_s - now)
            now = now_s()
        self._due_s = max(self._due_s, now - self._period_s) + self._period_s
        return now
