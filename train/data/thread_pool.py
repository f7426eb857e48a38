"""The same work for many files at once, in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Event, Semaphore
from typing import TypeVar

_AHEAD = 64  # results that wait for the reader

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Map in order with a thread per core, never far ahead of the reader; OpenCV works outside Python's lock.

    No call is under way any more when this ends, however it ends.
    """
    cores = os.cpu_count() or 1
    executor = ThreadPoolExecutor(max_workers=cores)
    slots, stopping = Semaphore(cores), Event()

    def call(item: Item) -> Result:
        with slots:
            if stopping.is_set():
                raise CancelledError
            return function(item)

    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(executor.submit(call, item))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        stopping.set()
        executor.shutdown(cancel_futures=True)
        _wait_for_all(slots, cores)


def _wait_for_all(slots: Semaphore, count: int) -> None:
    """Wait for a thread that the executor does not know of, because Ctrl-C fell into the moment of its start."""
    for _ in range(count):
        slots.acquire()
    slots.release(count)
