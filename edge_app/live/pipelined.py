"""Classifying in a thread of its own, so that drawing a result and running the model on the next frame overlap.

`invoke()` lets go of Python's lock, so both run at once. Windows and signals belong to the main thread: it keeps the
drawing and the sinks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_LEAVE_S = 10.0
_IDLE_PERIOD_S = 0.1


def pipelined(
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
    """Works on the next item as soon as the main thread has, or is about to take, the last result.

    "About to take" saves two switches between threads per item, 0.1 ms, when the main thread is the faster one.
    """

    def __init__(self, items: Callable[[threading.Event], Iterator[In]], work: Callable[[In], Out]) -> None:
        super().__init__(name="classifier", daemon=True)
        self._items, self._work = items, work
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._results: deque[tuple[In, Out]] = deque()
        self._awaited = False  # the main thread waits for the next result and will take it at once
        self._ended = False
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            for item in self._items(self._stopping):
                if self._stopping.is_set() or not self._put((item, self._work(item))):
                    break
        except BaseException as error:  # handed over to the main thread, which raises it
            self._fault = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _put(self, result: tuple[In, Out]) -> bool:
        """Hand over a result; return whether to go on."""
        with self._changed:
            self._results.append(result)
            if self._awaited:
                self._awaited = False
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: not self._results or self._stopping.is_set())
            return not self._stopping.is_set()

    def take(self, idle: Callable[[], bool] | None) -> tuple[In, Out] | None:
        """Wait for the next result; None: there is none, or `idle` wants to end."""
        while True:
            with self._changed:
                self._awaited = not self._results
                self._changed.wait_for(lambda: self._results or self._ended, None if idle is None else _IDLE_PERIOD_S)
                self._awaited = False
                if self._results:
                    result = self._results.popleft()
                    self._changed.notify_all()
                    return result
                if self._ended:
                    break
            if idle is not None and not idle():
                return None
        if self._fault is not None:
            raise self._fault
        return None

    def stop(self) -> None:
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        self.join(_LEAVE_S)
