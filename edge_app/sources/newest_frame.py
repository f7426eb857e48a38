"""The reader thread that keeps only the newest frame: a slow classifier drops frames, it never lags behind.

It also keeps a run alive: a device that breaks is opened again until it is back, and one whose `read` never returns is
left to its thread and opened by another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Device, Frame, LiveSource, NoticeHandler


@dataclass(frozen=True)
class ReaderTimeouts:
    """How long to wait for a device, seconds.

    Attributes:
        hung_s: a picture or an opening that takes longer is given up. OpenCV's own limits come first: 4 s for a webcam
            (see `edge_app/__init__.py`), 3 to 5 s for a stream.
        first_retry_s: pause before a broken device is opened again; doubles with every failure.
        longest_retry_s: of these pauses; short enough that a device is in use again within 2 s of its return.
        abandoned: so many hanging threads are left behind at most; then the run waits for one of them.
        poll_s: how often a waiting loop looks up, so that Ctrl-C is heard.
        stop_s: how long the end of a run waits for the device to be released.
    """

    hung_s: float = 8.0
    first_retry_s: float = 0.25
    longest_retry_s: float = 1.0
    abandoned: int = 4
    poll_s: float = 0.2
    stop_s: float = 2.0


class NewestFrameReader:
    """Delivers the newest frame each time one is asked for, and none twice.

    Entering starts the reader and waits for the first picture. A device that never delivers one is a fault; one that
    did and breaks later is waited for.

    Args:
        source: a camera, a stream, or what plays one.
        on_notice: gets a sentence when the device breaks, and one when it is back.
        timeouts: how long it waits for what.
    """

    stills = False
    skipped: Sequence[str] = ()

    def __init__(
        self, source: LiveSource, on_notice: NoticeHandler, timeouts: ReaderTimeouts = ReaderTimeouts()
    ) -> None:
        self.fps = 0.0
        self.dropped = 0
        self.outages = 0
        self._source, self._on_notice, self._timeouts = source, on_notice, timeouts
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._fault: Exception | None = None
        self._ended = False
        self._number = 0
        self._broken_since_s: float | None = None
        self._waiting_announced = False
        self._hanging: list[_Reader] = []
        self._reader = _Reader(self, source, timeouts)

    def __enter__(self) -> Self:
        self._reader.start()
        try:
            with self._changed:
                while self._newest is None and not self._ended:
                    self._changed.wait(self._timeouts.poll_s)
                    self._replace_hanging_reader()
                if self._newest is None and self._fault is not None:
                    raise self._fault
        except BaseException:  # Ctrl-C too: nobody will leave what was never entered
            self._stop()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop()

    def frames(self, stopping: threading.Event | None = None) -> Iterator[Frame]:
        """Yield frames until the source ends.

        Args:
            stopping: ends the waiting for a frame when it is set, from another thread.

        Raises:
            SourceError: the device failed before its first picture.
        """
        while (frame := self._next_frame(stopping)) is not None:
            yield frame

    def time_s(self, frame: Frame) -> float:
        """Return when a frame was captured."""
        return frame.captured_at_s

    def _next_frame(self, stopping: threading.Event | None) -> Frame | None:
        with self._changed:
            while self._newest is None and not self._ended and not (stopping is not None and stopping.is_set()):
                self._changed.wait(self._timeouts.poll_s)
                self._replace_hanging_reader()
            frame, self._newest = self._newest, None
            if frame is None and self._fault is not None:
                raise self._fault
            return frame

    def _stop(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._reader.join(self._timeouts.stop_s)

    def _replace_hanging_reader(self) -> None:
        """Replace a reader that hangs; called with the lock held, by whoever waits for its frames."""
        busy_s = self._reader.busy_s()
        if busy_s < self._timeouts.hung_s or self._ended:
            return
        silent = f"{self._source.name} has not answered for {busy_s:.0f} s"
        if self._number == 0:
            self._end(SourceError(f"{silent}; unplug it and plug it in again, or restart the stream"))
            return
        self._hanging = [reader for reader in self._hanging if reader.is_alive()]
        if len(self._hanging) >= self._timeouts.abandoned:
            if not self._waiting_announced:
                self._on_notice(
                    f"{self._source.name} hangs in {len(self._hanging) + 1} threads; waiting for one of them"
                )
                self._waiting_announced = True
            return
        self._announce_outage(silent)
        self._hanging.append(self._reader)
        self._reader = _Reader(self, self._source, self._timeouts)
        self._reader.start()

    def _announce_outage(self, what: str) -> None:
        """Announce an outage, once; with the lock held."""
        if self._broken_since_s is None:
            self._broken_since_s = time.monotonic()
            self.outages += 1
            self._on_notice(f"{what}; waiting for it to come back (Ctrl-C ends)")

    def _end(self, fault: Exception | None) -> None:
        """With the lock held."""
        if not self._ended:
            self._fault, self._ended = fault, True
            self._changed.notify_all()

    # What readers call.

    def is_current(self, reader: _Reader) -> bool:
        """Tell a reader whether it is still the one that counts."""
        return reader is self._reader and not self._ended

    def opened(self, reader: _Reader, device: Device) -> None:
        """Note the rate of the device."""
        with self._changed:
            if self.is_current(reader):
                self.fps = device.fps

    def pass_on_notice(self, reader: _Reader, sentence: str) -> None:
        """Pass on the notices of a device at its first opening; later ones would only repeat them."""
        if self.is_current(reader) and self._broken_since_s is None:
            self._on_notice(sentence)

    def accept(self, reader: _Reader, picture: tuple[Image, float]) -> None:
        """Keep a picture as the newest."""
        with self._changed:
            if not self.is_current(reader):
                return
            if self._broken_since_s is not None:
                self._on_notice(f"{self._source.name} is back after {time.monotonic() - self._broken_since_s:.1f} s")
                self._broken_since_s, self._waiting_announced = None, False
            self.dropped += self._newest is not None
            self._newest = Frame(picture[0], self._source.name, self._number, picture[1])
            self._number += 1
            self._changed.notify_all()

    def ended(self, reader: _Reader, fault: Exception | None = None) -> None:
        """End the frames, well or with a fault."""
        with self._changed:
            if self.is_current(reader):
                self._end(fault)

    def failed(self, reader: _Reader, fault: SourceError) -> bool:
        """Take note of a fault of the device; return whether to open it again."""
        with self._changed:
            if not self.is_current(reader):
                return False
            if self._number == 0:
                self._end(fault)
                return False
            self._announce_outage(str(fault))
            return True

    def pause(self, reader: _Reader, duration_s: float) -> None:
        """Sleep, but not past the end of the run."""
        with self._changed:
            self._changed.wait_for(lambda: not self.is_current(reader), duration_s)


class _Reader(threading.Thread):
    """Opens the device, reads it, and opens it again, until it is not wanted any more."""

    def __init__(self, owner: NewestFrameReader, source: LiveSource, timeouts: ReaderTimeouts) -> None:
        super().__init__(name="frame reader", daemon=True)
        self._owner, self._source, self._timeouts = owner, source, timeouts
        self._busy_since_s: float | None = None
        self._retry_s = timeouts.first_retry_s

    def busy_s(self) -> float:
        """Return how long the device has been silent; 0: it is not being asked."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def run(self) -> None:
        try:
            while self._owner.is_current(self):
                try:
                    self._read_device()
                    self._owner.ended(self)
                    return
                except SourceError as fault:
                    self._busy_since_s = None
                    if not self._owner.failed(self, fault):
                        return
                self._owner.pause(self, self._retry_s)
                self._retry_s = min(2 * self._retry_s, self._timeouts.longest_retry_s)
        except Exception as error:  # a bug, or the system's refusal: the loop raises it
            self._owner.ended(self, error)

    def _read_device(self) -> None:
        """Read until the source ends or is not wanted any more."""
        self._busy_since_s = time.monotonic()
        device = self._source.open(lambda sentence: self._owner.pass_on_notice(self, sentence))
        try:
            self._owner.opened(self, device)
            while self._owner.is_current(self):
                self._busy_since_s = time.monotonic()
                picture = device.read()
                if picture is None:
                    return
                self._retry_s = self._timeouts.first_retry_s
                self._owner.accept(self, picture)
        finally:
            device.release()  # by the thread that read: no other may touch it
