"""How far a long job is, and how much longer it takes, on stderr."""

from __future__ import annotations

import sys
import time
from typing import Self

from edge_app.common.notebook import in_notebook

_TERMINAL_PERIOD_S = 0.1
_LOG_PERIOD_S = 10.0
_WIDTH = 110


class Progress:
    """One line that moves on a terminal and in a notebook, a line every ten seconds in a log.

    Args:
        what: the job, as in `reading photographs`.
        total: its steps, at least 1.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(1, total)
        self._moving = sys.stderr.isatty() or in_notebook()
        self._start_s = self._shown_s = time.monotonic()
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            passed_s = time.monotonic() - self._start_s
            self._show(f"{self._what}: {self._done:,} in {human_time(passed_s)}", last=True)
        elif self._moving:
            sys.stderr.write("\n")

    def step(self, detail: str = "", steps: int = 1) -> None:
        """Count on; show it if it is time to."""
        self.reach(self._done + steps, detail)

    def reach(self, done: int, detail: str = "") -> None:
        """Set how many steps are done; show it if it is time to."""
        self._done = done
        now_s = time.monotonic()
        if now_s - self._shown_s < (_TERMINAL_PERIOD_S if self._moving else _LOG_PERIOD_S):
            return
        self._shown_s = now_s
        left_s = (now_s - self._start_s) / max(1, done) * (self._total - done)
        text = f"{self._what}: {done:,}/{self._total:,}  {human_time(left_s)} left  {detail}"
        self._show(text.rstrip())

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self._show(text, last=True)

    def _show(self, text: str, last: bool = False) -> None:
        if self._moving:
            sys.stderr.write(f"\r{text[:_WIDTH]:<{_WIDTH}}" + ("\n" if last else ""))
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def human_time(duration_s: float) -> str:
    """Write a duration as people say it: `8 s`, `3 min`, `1 h 05 min`."""
    seconds = round(duration_s)
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(duration_s / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
