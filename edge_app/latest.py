"""The reader thread that keeps only the newest frame: a slow classifier drops frames, it never lags behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from edge_app.sources import Frame, Source

_POLL_S = 0.2  # how often a waiting loop looks up, so that Ctrl-C is heard


def newest_frames(source: Source) -> Iterator[Frame]:
    """Yield the newest frame each time one is asked for; none is yielded twice.

    A fault of the source is raised here, after the last good frame. Closing the iterator ends the thread.
    """
    reader = _Reader(source)
    reader.start()
    try:
        while (frame := reader.take()) is not None:
            yield frame
    finally:
        reader.stop()


class _Reader(threading.Thread):
    """Reads until told to stop; the loop takes what is newest."""

    def __init__(self, source: Source) -> None:
        super().__init__(name="frame reader", daemon=True)
        self._source = source
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._fault: Exception | None = None
        self._ended = False

    def run(self) -> None:
        fault: Exception | None = None
        try:
            for frame in self._source.frames():
                with self._changed:
                    if self._ended:
                        return
                    self._newest = frame
                    self._changed.notify()
        except Exception as error:  # handed over to the loop, which raises it
            fault = error
        with self._changed:
            self._fault, self._ended = fault, True
            self._changed.notify()

    def take(self) -> Frame | None:
        with self._changed:
            while self._newest is None and not self._ended:
                self._changed.wait(_POLL_S)
            frame, self._newest = self._newest, None
            if frame is None and self._fault is not None:
                raise self._fault
            return frame

    def stop(self) -> None:
        with self._changed:
            self._ended = True
        self.join(timeout=2.0)
