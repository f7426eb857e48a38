"""Classifying in a thread of its own, so that drawing a result and running the model on the next frame overlap.

`invoke()` releases Python's lock, so both run at once. Windows and signals need the main thread, so drawing and sinks
stay there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

from edge_app.common.errors import HungModelError

In = TypeVar("In")
Out = TypeVar("Out")

_JOIN_TIMEOUT_S = 10.0
_IDLE_PERIOD_S = 0.1


def pipelined(
    items: Callable[[threading.Event], Iterator[In]], work: Callable[[In], Out], idle: Callable[[], bool] | None = None
) -> Generator[Out]:
    """Yield the result of every item, in order; the next result is made while the last one is used.

    Only one result is made ahead.

    Args:
        items: called in the other thread; its iterator should end soon after the event is set.
        work: called in the other thread; its result is not None.
        idle: called here ten times a second while there is nothing to yield; false ends the iteration.

    Raises:
        Exception: whatever `items` or `work` raised, after the results before it; or `idle`, at once.
    """
    worker = _Worker(items, work)
    worker.start()
    try:
        while (result := worker.next_result(idle)) is not None:
            yield result
    except HungModelError:
        worker.stop(join_s=0.0)  # it does not come back
        raise
    except BaseException:
        worker.stop()
        raise
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
        self._results: deque[Out] = deque()
        self._awaited = False  # the main thread waits for the next result and will take it at once
        self._ended = False
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            for item in self._items(self._stopping):
                if self._stopping.is_set() or not self._put(self._work(item)):
                    break
        except BaseException as error:  # raised in the main thread
            self._fault = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _put(self, result: Out) -> bool:
        """Pass a result to the main thread; return whether to go on."""
        with self._changed:
            self._results.append(result)
            if self._awaited:
                self._awaited = False
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: not self._results or self._stopping.is_set())
            return not self._stopping.is_set()

    def next_result(self, idle: Callable[[], bool] | None) -> Out | None:
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

    def stop(self, join_s: float = _JOIN_TIMEOUT_S) -> None:
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        self.join(join_s)
