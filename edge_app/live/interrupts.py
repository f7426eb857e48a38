"""Ctrl-C that waits for the work in hand."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def interrupts_held() -> Generator[None]:
    """Let a block finish before SIGINT or SIGTERM takes effect; what came meanwhile is delivered at its end.

    A frame is then in every output or in none. Outside the main thread, where Python delivers no signals, nothing
    is held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []

    def hold(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))

    before: dict[int, Any] = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    for number, _ in came[:1]:
        signal.raise_signal(number)
