"""Promises of the reader thread: the newest frame, in order, and every fault reaches the loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Self

import numpy as np
import pytest

from edge_app.errors import SourceError
from edge_app.latest import newest_frames
from edge_app.sources import Frame


class Numbers:
    """A live source of numbered black frames, one per millisecond."""

    live = True
    fps = 1000.0

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.skipped: list[str] = []
        self.given = 0
        self._count, self._fault = count, fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        for number in range(self._count):
            time.sleep(0.001)
            self.given += 1
            yield Frame(np.zeros((2, 2, 3), np.uint8), "numbers", number, time.perf_counter())
        if self._fault is not None:
            raise self._fault


def test_a_slow_loop_drops_frames_and_never_goes_back() -> None:
    seen = []
    for frame in newest_frames(Numbers(200)):
        seen.append(frame.number)
        time.sleep(0.02)
    assert seen == sorted(set(seen))
    assert len(seen) < 100
    assert seen[-1] == 199


def test_the_fault_of_a_camera_reaches_the_loop() -> None:
    with pytest.raises(SourceError, match="unplugged"):
        for _ in newest_frames(Numbers(3, SourceError("unplugged"))):
            pass


def test_the_thread_ends_with_the_loop() -> None:
    before = threading.active_count()
    source = Numbers(100_000)
    frames = newest_frames(source)
    next(frames)
    frames.close()
    assert threading.active_count() == before
    given = source.given
    time.sleep(0.02)
    assert source.given == given
