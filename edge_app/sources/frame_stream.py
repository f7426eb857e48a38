"""Frames for the loop, whatever the source: every one of a file, the newest of a camera."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol, Self

from edge_app.sources.frames import FileSource, Frame, LiveSource, NoticeHandler


class FrameStream(Protocol):
    """What the loop reads.

    Attributes:
        fps: the rate to play the frames at.
        dropped: frames that came too fast and were not classified.
        outages: how often the device broke and was waited for.
        skipped: a sentence per picture that cannot be read.
    """

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


def open_frame_stream(source: FileSource | LiveSource, tell: NoticeHandler) -> FrameStream:
    """Return what reads a source.

    Args:
        source: as `open_source` gave it.
        tell: gets sentences for the user, from another thread too.
    """
    if source.live:
        from edge_app.sources.newest_frame import NewestFrameReader

        return NewestFrameReader(source, tell)
    return EveryFrame(source)


class EveryFrame:
    """All frames of a file source, in order."""

    dropped = 0
    outages = 0

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.fps = source.fps
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
