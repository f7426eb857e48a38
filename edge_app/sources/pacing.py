"""Giving frames at a steady rate, as a camera does."""

from __future__ import annotations

import time

from edge_app.sources.frames import now_s


class Pace:
    """Waits until the next frame is due.

    Args:
        fps: frames a second.
    """

    def __init__(self, fps: float) -> None:
        self._period_s = 1.0 / fps
        self._due_s = 0.0

    def wait(self) -> float:
        """Return when the frame came, `time.perf_counter()`; a reader that was late does not hurry afterwards."""
        now = now_s()
        self._due_s = self._due_s or now  # the first one comes at once
        if self._due_s > now:
            time.sleep(self._due_s - now)
            now = now_s()
        self._due_s = max(self._due_s, now - self._period_s) + self._period_s
        return now
