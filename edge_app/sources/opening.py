"""Recognising a source by what the user wrote: a camera, a stream, a video, pictures, or the drawn camera."""

from __future__ import annotations

import glob
from pathlib import Path

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import IMAGE_SUFFIXES, is_image_name
from edge_app.sources.frames import DEMO, PICAMERA, USUAL, CaptureOptions, FileSource, LiveSource

STREAM_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")


def open_source(text: str, wishes: CaptureOptions = USUAL) -> FileSource | LiveSource:
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


def _open_files(text: str, wishes: CaptureOptions) -> FileSource | LiveSource:
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
