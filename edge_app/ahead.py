"""Classifying in a thread of its own, so that drawing a result and running the model on the next frame overlap.

`invoke()` lets go of Python's lock, so both run at once. Windows and signals belong to the main thread: it keeps the
drawing and the sinks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_LEAVE_S = 10.0
_IDLE_PERIOD_S = 0.1


def ahead(
    items: Callable[[threading.Event], Iterator[In]], work: Callable[[In], Out], idle: Callable[[], bool] | None = None
) -> Generator[tuple[In, Out]]:
    """Yield every item with its result, in order; the next result is made while the last one is used.

    Nothing more is made ahead: a result waits at most for the use of the one before it.

    Args:
        items: called in the other thread; its iterator should end soon after the event is set.
        work: called in the other thread.
        idle: called here while there is nothing to yield, ten times a second; false ends.

    Raises:
        Exception: whatever `items` or `work` raised, after the results before it.
    """
    worker = _Worker(items, work)
    worker.start()
    try:
        while (result := worker.take(idle)) is not None:
            yield result
    finally:
        worker.stop()


class _Worker(threading.Thread, Generic[In, Out]):
    def __init__(self, items: Callable[[threading.Event], Iterator[In]], work: Callable[[In], Out]) -> None:
        super().__init__(name="classifier", daemon=True)
        self._items, self._work = items, work
        self._stopping = threading.Event()
        self._wanted = threading.Semaphore(1)
        self._there = threading.Semaphore(0)
        self._result: tuple[In, Out] | None = None
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            self._wanted.acquire()
            for item in self._items(self._stopping):
                if self._stopping.is_set():
                    break
                self._result = item, self._work(item)
                self._there.release()
                self._wanted.acquire()
        except BaseException as error:  # handed over to the main thread, which raises it
            self._fault = error
        self._result = None
        self._there.release()

    def take(self, idle: Callable[[], bool] | None) -> tuple[In, Out] | None:
        while not self._there.acquire(timeout=None if idle is None else _IDLE_PERIOD_S):
            if idle is not None and not idle():
                return None
        result, self._result = self._result, None
        if result is None:
            if self._fault is not None:
                raise self._fault
            return None
        self._wanted.release()
        return result

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.release()
        self.join(_LEAVE_S)
