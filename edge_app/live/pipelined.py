"""Classifying in a thread of its own, so that drawing a result and running the model on the next frame overlap.

`invoke()` releases Python's lock, so both run at once. Windows and signals need the main thread, so drawing and sinks
stay there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from queue import Empty, SimpleQueue
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
    """Works on the next item as soon as the main thread has taken the last result, or is waiting to take it.

    The main thread asks before it waits, so that the worker finds the request and goes on without a switch of threads.
    """

    def __init__(self, items: Callable[[threading.Event], Iterator[In]], work: Callable[[In], Out]) -> None:
        super().__init__(name="classifier", daemon=True)
        self._items, self._work = items, work
        self._stopping = threading.Event()
        self._results: SimpleQueue[Out | None] = SimpleQueue()  # None: the end
        self._wanted: SimpleQueue[None] = SimpleQueue()  # an entry for each result that was asked for
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            for item in self._items(self._stopping):
                if self._stopping.is_set():
                    break
                self._results.put(self._work(item))
                self._wanted.get()
        except BaseException as error:  # raised in the main thread
            self._fault = error
        self._results.put(None)

    def next_result(self, idle: Callable[[], bool] | None) -> Out | None:
        """Wait for the next result; None: there is none, or `idle` wants to end."""
        self._wanted.put(None)
        while True:
            try:
                result = self._results.get(timeout=None if idle is None else _IDLE_PERIOD_S)
                break
            except Empty:
                if idle is not None and not idle():
                    return None
        if result is None and self._fault is not None:
            raise self._fault
        return result

    def stop(self, join_s: float = _JOIN_TIMEOUT_S) -> None:
        self._stopping.set()
        self._wanted.put(None)
        self.join(join_s)
