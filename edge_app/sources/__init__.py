"""Where frames come from: a camera, a video, pictures, or the drawn camera.

Every source is a context manager that yields `Frame`s and releases its device at the end.
"""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from edge_app.errors import SourceError
from edge_app.photograph import IMAGE_SUFFIXES, Image, is_image_name

DEMO = "demo"
"""The name of the drawn camera."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image_bgr: (height, width, 3) uint8 BGR.
        source: where it came from: a path, `camera 0`, `demo`.
        number: of the frame in its source, from 0.
        captured_at_s: `time.perf_counter()` when it was there.
    """

    image_bgr: Image
    source: str
    number: int
    captured_at_s: float


class Source(Protocol):
    """What a source offers; `live` ones drop frames rather than fall behind, `fps` is the rate to play them at."""

    live: bool
    fps: float
    skipped: list[str]

    def __enter__(self) -> Self: ...

    def __exit__(self, *_exception: object) -> None: ...

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the source ends."""
        ...


def open_source(text: str, width: int = 640, height: int = 480) -> Source:
    """Recognise a source by what the user wrote.

    Args:
        text: `0` or `/dev/video0` for a camera, `demo`, a picture, a folder of pictures, a video, or a glob pattern.
        width: asked of a camera, pixels.
        height: asked of a camera, pixels.

    Raises:
        SourceError: there is nothing of that name, or nothing usable in it.
    """
    if text == DEMO:
        from edge_app.sources.drawn import DrawnSource

        return DrawnSource(width, height)
    if text.isdigit() or text.startswith("/dev/video"):
        from edge_app.sources.camera import CameraSource

        return CameraSource(text, width, height)
    from edge_app.sources.pictures import PictureSource

    path = Path(text)
    if path.is_dir():
        return PictureSource(_pictures_in(path))
    if not path.exists():
        return PictureSource(_matching(text))
    if is_image_name(path):
        return PictureSource([path])
    from edge_app.sources.video import VideoSource

    return VideoSource(path)


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
            f"`{pattern}` {what}; "
            f"give a camera number, a video, a picture, a folder, a quoted glob pattern, or `{DEMO}`"
        )
    return pictures
