"""Promises of the reader thread: the newest frame, in order; a device that breaks or hangs is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from edge_app.common.errors import SourceError
from edge_app.sources.frames import NoticeHandler
from edge_app.sources.newest_frame import NewestFrameReader, ReaderTimeouts

QUICK = ReaderTimeouts(hung_s=0.15, first_retry_s=0.005, longest_retry_s=0.02, abandoned=2, poll_s=0.01, stop_s=1.0)
PICTURE = np.zeros((2, 2, 3), np.uint8)
Step = Callable[[], bool]


def picture() -> bool:
    time.sleep(0.001)
    return True


def end() -> bool:
    return False


def broken() -> bool:
    raise SourceError("the cable is out")


class Script:
    """A live source whose devices follow a script: one list of steps per opening; the last picture goes on for ever."""

    live = True
    name = "camera 0"

    def __init__(self, *openings: list[Step] | SourceError) -> None:
        self.openings = list(openings)
        self.opened = 0
        self.released = 0
        self.reads = 0

    def open(self, on_notice: NoticeHandler) -> Script:
        chapter = self.openings[min(self.opened, len(self.openings) - 1)]
        self.opened += 1
        if isinstance(chapter, SourceError):
            raise chapter
        on_notice("camera 0: 2×2 MJPG at 30 fps")
        return Chapter(self, chapter)


class Chapter:
    fps = 30.0

    def __init__(self, script: Script, steps: list[Step]) -> None:
        self._script, self._steps = script, iter(steps)
        self._last: Step = picture

    def read(self) -> tuple[np.ndarray, float] | None:
        self._script.reads += 1
        self._last = next(self._steps, self._last)
        return (PICTURE, time.perf_counter()) if self._last() else None

    def release(self) -> None:
        self._script.released += 1


@contextmanager
def hanging() -> Iterator[Step]:
    """Offer a step that returns only when the test is over, as a driver that lost its device does."""
    over = threading.Event()

    def hang() -> bool:
        assert over.wait(30)
        return True

    try:
        yield hang
    finally:
        over.set()


def until_back(feed: NewestFrameReader, told: list[str]) -> None:
    for _ in feed.frames():
        if any("is back after" in sentence for sentence in told):
            return
    pytest.fail("the frames ended")


def test_a_slow_loop_drops_frames_counts_them_and_never_goes_back() -> None:
    source = Script([*[picture] * 200, end])
    seen = []
    with NewestFrameReader(source, print, QUICK) as feed:
        for frame in feed.frames():
            seen.append(frame.number)
            time.sleep(0.02)
    assert seen == sorted(set(seen))
    assert seen[-1] == 199
    assert len(seen) + feed.dropped == 200
    assert feed.dropped > 50
    assert source.released == 1


def test_a_device_that_never_gave_a_picture_is_a_fault_at_once() -> None:
    for source in (Script(SourceError("no permission")), Script([broken])):
        with pytest.raises(SourceError, match=r"no permission|cable"), NewestFrameReader(source, print, QUICK):
            pytest.fail("it was entered")
        assert source.opened == 1


def test_a_broken_device_is_announced_once_and_used_again_when_it_is_back() -> None:
    told: list[str] = []
    gone = SourceError("`/dev/video0` does not exist")
    source = Script([picture, picture, broken], gone, gone, gone, [picture])
    with NewestFrameReader(source, told.append, QUICK) as feed:
        until_back(feed, told)
    assert told[0] == "camera 0: 2×2 MJPG at 30 fps"
    assert told[1] == "the cable is out; waiting for it to come back (Ctrl-C ends)"
    assert told[2].startswith("camera 0 is back after ")
    assert len(told) == 3
    assert source.opened == 5
    assert source.released == 2
    assert feed.outages == 1


def test_numbers_go_on_after_an_outage() -> None:
    source = Script([*[picture] * 3, broken], [*[picture] * 3, end])
    numbers = []
    with NewestFrameReader(source, lambda _: None, QUICK) as feed:
        numbers = [frame.number for frame in feed.frames()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 5


def test_a_read_that_never_returns_is_left_behind_and_the_work_goes_on() -> None:
    told: list[str] = []
    with hanging() as hang:
        source = Script([picture, hang], [picture])
        with NewestFrameReader(source, told.append, QUICK) as feed:
            until_back(feed, told)
        assert any("has not answered for" in sentence for sentence in told)
        assert source.opened == 2
        assert source.released == 1  # the hanging thread still holds its own
    deadline = time.monotonic() + 5
    while source.released < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert source.released == 2  # by itself, as soon as its read returned


def test_an_opening_that_never_returns_is_left_behind_too() -> None:
    told: list[str] = []
    with hanging() as hang:
        source = Script([picture, broken], [picture])
        really_open = source.open
        first_repair = iter([True])

        def open_or_hang(tell: NoticeHandler) -> Script:
            if source.opened == 1 and next(first_repair, False):
                hang()
            return really_open(tell)

        source.open = open_or_hang
        with NewestFrameReader(source, told.append, QUICK) as feed:
            until_back(feed, told)


def test_a_first_picture_that_never_comes_is_a_fault() -> None:
    with hanging() as hang:
        source = Script([hang])
        with pytest.raises(SourceError, match="has not answered"), NewestFrameReader(source, print, QUICK):
            pytest.fail("it was entered")


def test_hanging_threads_are_bounded_and_one_that_wakes_is_enough() -> None:
    told: list[str] = []
    before = set(threading.enumerate())  # threads of other tests may end in the meantime
    with hanging() as hang:
        source = Script([picture, hang], [hang])
        with NewestFrameReader(source, told.append, QUICK) as feed:
            frames = feed.frames()
            next(frames)
            stopping = threading.Event()
            watcher = threading.Thread(target=lambda: [*feed.frames(stopping)])
            watcher.start()
            deadline = time.monotonic() + 20
            while not any("hangs in 3 threads" in sentence for sentence in told) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.1)
            stopping.set()
            watcher.join()
            assert source.opened == 3
            assert sum("hangs in 3 threads" in sentence for sentence in told) == 1
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


def test_waiting_for_a_frame_ends_when_it_shall() -> None:
    with (
        hanging() as hang,
        NewestFrameReader(Script([picture, hang]), print, ReaderTimeouts(poll_s=0.01, stop_s=0.05)) as feed,
    ):
        next(feed.frames())
        stopping = threading.Event()
        threading.Timer(0.05, stopping.set).start()
        assert list(feed.frames(stopping)) == []


def test_a_bug_of_a_source_reaches_the_loop() -> None:
    def bug() -> bool:
        raise ZeroDivisionError

    with NewestFrameReader(Script([picture, bug]), print, QUICK) as feed, pytest.raises(ZeroDivisionError):
        list(feed.frames())


def test_the_thread_ends_with_the_loop_and_gives_the_device_back() -> None:
    before = set(threading.enumerate())  # threads of other tests may end in the meantime
    source = Script([picture])
    with NewestFrameReader(source, print, QUICK) as feed:
        next(feed.frames())
    assert not set(threading.enumerate()) - before
    assert source.released == 1
    reads = source.reads
    time.sleep(0.02)
    assert source.reads == reads
