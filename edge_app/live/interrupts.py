"""Ctrl-C that waits for the work in hand."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Lets a piece of work finish before SIGINT or SIGTERM takes effect; a frame is in every output or in none.

    Handlers are set once, on entering: setting them for every frame takes 15 µs. Outside the main thread, where Python
    delivers no signals, and for signals that are ignored, nothing is held.

    Args:
        on_held: called, in the signal's handler, when one has to wait: work that lasts until somebody ends it can end.
    """

    def __init__(self, on_held: Callable[[], None] = lambda: None) -> None:
        self._on_held = on_held
        self._holding = False
        self._came: tuple[int, FrameType | None] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before = {}

    def hold(self) -> None:
        """Begin a piece of work."""
        self._holding = True

    def release(self) -> None:
        """End it; what came meanwhile takes effect now."""
        self._holding = False
        came, self._came = self._came, None
        if came is not None:
            self._deliver(*came)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._holding:
            self._came = self._came or (number, frame)
            self._on_held()
        else:
            self._deliver(number, frame)

    def _deliver(self, number: int, frame: FrameType | None) -> None:
        handler = self._before.get(number)
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
