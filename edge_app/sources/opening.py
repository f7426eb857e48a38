"""From what the user wrote to the frames that the loop reads: camera, stream, video, pictures or the drawn camera."""

from __future__ import annotations

import glob
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import IMAGE_SUFFIXES, is_image_name
from edge_app.sources.addresses import shown_address
from edge_app.sources.frames import (
    DEFAULT_CAPTURE_OPTIONS,
    DEMO,
    PICAMERA,
    CaptureOptions,
    FileSource,
    Frame,
    FrameStream,
    LiveSource,
    NoticeHandler,
)

STREAM_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")


def open_source(text: str, options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS) -> FileSource | LiveSource:
    """Recognise a source by what the user wrote.

    Args:
        text: `0` or `/dev/video0` for a camera, `picamera`, `rtsp://…` or `http://…`, `demo`, a picture, a folder of
            pictures, a video, or a glob pattern.
        options: what is asked of it.

    Raises:
        SourceError: there is nothing of that name, or nothing usable in it.
    """
    if not text.strip():
        raise SourceError("--source is empty; give a camera number, an address, a video, a picture or a folder")
    if text == DEMO:
        from edge_app.sources.drawn import DrawnSource, LiveDrawnSource

        return DrawnSource(options) if options.demo_fps is None else LiveDrawnSource(options)
    if text == PICAMERA or text.startswith(f"{PICAMERA}:"):
        from edge_app.sources.picamera import PicameraSource

        return PicameraSource(text, options)
    if text.lower().startswith(STREAM_SCHEMES):
        from edge_app.sources.stream import StreamSource

        return StreamSource(text)
    if text.isdigit() or text.startswith(("/dev/video", "/dev/v4l/")):
        from edge_app.sources.camera import CameraSource

        return CameraSource(text, options)
    return _open_files(text, options)


def open_frame_stream(source: FileSource | LiveSource, on_notice: NoticeHandler) -> FrameStream:
    """Return the frames of a source as the loop reads them.

    Args:
        source: as `open_source` gave it.
        on_notice: gets sentences for the user, possibly from another thread.
    """
    if source.live:
        from edge_app.sources.newest_frame import NewestFrameReader

        return NewestFrameReader(source, on_notice)
    return EveryFrame(source)


def read_frames(
    source: str | int | Path, options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS, on_notice: NoticeHandler = print
) -> Iterator[Frame]:
    """Yield the frames of a source, of a camera the newest each time; close the generator to give the camera back.

    Args:
        source: see `open_source`; a number is a camera's.
        options: what is asked of it.
        on_notice: gets sentences for the user, possibly from another thread.

    Raises:
        SourceError: there is nothing of that name, or it cannot be read.
    """
    if not isinstance(source, str | int | Path):
        raise SourceError(f"a source is text, a camera's number or a path; received {source!r}")
    with open_frame_stream(open_source(str(source), options), on_notice) as stream:
        yield from stream.frames()


class EveryFrame:
    """All frames of a file source, in order."""

    dropped = 0
    outages = 0

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.stills, self.fps = source.stills, source.fps
        self.skipped: Sequence[str] = source.skipped

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._source.__exit__(*exception)

    def frames(self, stopping: threading.Event | None = None) -> Iterator[Frame]:
        """Yield every frame."""
        for frame in self._source.frames():
            if stopping is not None and stopping.is_set():
                return
            yield frame

    def time_s(self, frame: Frame) -> float:
        """Return when a frame shows its scene: by number and rate, however fast the file is read."""
        return frame.number / self.fps


def _open_files(text: str, options: CaptureOptions) -> FileSource | LiveSource:
    from edge_app.sources.pictures import PictureSource

    path = Path(text)
    if path.is_dir():
        return PictureSource(_pictures_in(path), options.loop)
    if not path.exists():
        return PictureSource(_matching(text), options.loop)
    if path.is_fifo():
        raise SourceError(
            f"`{path}` is a pipe, which can be read only once; give a file, or serve it as a stream (http://, rtsp://)"
        )
    if is_image_name(path):
        return PictureSource([path], options.loop)
    from edge_app.sources.video import LiveVideoSource, VideoSource

    return VideoSource(path, options.loop) if options.pace == "fast" else LiveVideoSource(path, options.loop)


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
            f"`{shown_address(pattern)}` {what}; give a camera number, `{PICAMERA}`, rtsp://… or http://…, a video, "
            f"a picture, a folder, a quoted glob pattern, or `{DEMO}`"
        )
    return pictures
