"""Where frames come from: a camera, a stream, a video, pictures, or the drawn camera.

Two kinds. A `FileSource` yields every frame, as fast as they are asked for. A `LiveSource` opens a `Device` that gives
pictures at its own rate; `edge_app.latest` reads it in a thread, keeps the newest and opens it again when it breaks.
"""

from __future__ import annotations

import glob
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

from edge_app.errors import SourceError
from edge_app.photograph import IMAGE_SUFFIXES, Image, is_image_name

DEMO = "demo"
"""The name of the drawn camera."""

PICAMERA = "picamera"
"""The name of the ribbon-cable camera of a Raspberry Pi; `picamera:1` is the second one."""

STREAM_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")

Tell = Callable[[str], None]
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
class Wishes:
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


USUAL = Wishes()
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

    def open(self, tell: Tell) -> Device:
        """Open the device; may take seconds.

        Args:
            tell: gets what the user should know, such as the size that the camera chose.

        Raises:
            SourceError: it does not open; the sentence says why and the way out.
        """
        ...


def open_source(text: str, wishes: Wishes = USUAL) -> FileSource | LiveSource:
    """Recognise a source by what the user wrote.

    Args:
        text: `0` or `/dev/video0` for a camera, `picamera`, `rtsp://…` or `http://…`, `demo`, a picture, a folder of
            pictures, a video, or a glob pattern.
        wishes: what is asked of it.

    Raises:
        SourceError: there is nothing of that name, or nothing usable in it.
    """
    if text == DEMO:
        from edge_app.sources.drawn import DrawnSource, LiveDrawnSource

        return DrawnSource(wishes) if wishes.demo_fps is None else LiveDrawnSource(wishes)
    if text == PICAMERA or text.startswith(f"{PICAMERA}:"):
        from edge_app.sources.picamera import PicameraSource

        return PicameraSource(text, wishes)
    if text.lower().startswith(STREAM_SCHEMES):
        from edge_app.sources.stream import StreamSource

        return StreamSource(text)
    if text.isdigit() or text.startswith(("/dev/video", "/dev/v4l/")):
        from edge_app.sources.camera import CameraSource

        return CameraSource(text, wishes)
    return _open_files(text, wishes)


def _open_files(text: str, wishes: Wishes) -> FileSource | LiveSource:
    from edge_app.sources.pictures import PictureSource

    path = Path(text)
    if path.is_dir():
        return PictureSource(_pictures_in(path), wishes.loop)
    if not path.exists():
        return PictureSource(_matching(text), wishes.loop)
    if is_image_name(path):
        return PictureSource([path], wishes.loop)
    from edge_app.sources.video import LiveVideoSource, VideoSource

    return VideoSource(path, wishes.loop) if wishes.pace == "fast" else LiveVideoSource(path, wishes.loop)


def now_s() -> float:
    """The clock of `captured_at_s`, seconds."""
    return time.perf_counter()


def _pictures_in(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and is_image_name(path))
    if not found:
        raise SourceError(f"`{folder}` holds no pictures ({', '.join(IMAGE_SUFFIXES)}); give a folder that does")
    return found


def _matching(pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207  # absolute patterns too
    pictures = [path for path in found if path.is_file() and is_image_name(path)]
    if not pictures:
        what = "matches no picture" if glob.has_magic(pattern) else "does not exist"
        raise SourceError(
            f"`{pattern}` {what}; give a camera number, `{PICAMERA}`, rtsp://… or http://…, a video, a picture, a "
            f"folder, a quoted glob pattern, or `{DEMO}`"
        )
    return pictures
