"""What the loop leaves for the web server: the newest result, a short history, and nothing that waits."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from edge_app.live.display_frame import DisplayFrame
from edge_app.model.card import NEITHER

HISTORY = 30
STALE_S = 10.0
"""After so long without a result the device is not healthy."""


class Board:
    """The loop posts, another thread reads; single assignments only, so that neither waits for the other."""

    def __init__(self) -> None:
        self.newest: DisplayFrame | None = None
        self._frames = 0
        self._since_s = self._posted_s = time.monotonic()
        self._history: deque[tuple[float, str, float]] = deque(maxlen=HISTORY)
        self._label: str | None = None

    def post(self, shown: DisplayFrame) -> None:
        """Keep a result as the newest."""
        if shown.label != self._label:
            self._label = shown.label
            self._history.append((time.time(), shown.label, shown.score))
        self.newest = shown
        self._posted_s = time.monotonic()
        self._frames += 1

    def state(self) -> dict[str, Any]:
        """Return the newest result as JSON says it."""
        shown, age_s = self.newest, self.silent_s()
        about: dict[str, Any] = {
            "frames": self._frames,
            "up_s": round(time.monotonic() - self._since_s, 1),
            "silent_s": round(age_s, 2),
            "history": [
                {"time": round(at_s, 3), "label": label, "score": round(score, 4)}
                for at_s, label, score in reversed(list(self._history))
            ],
        }
        return about if shown is None else about | _result(shown)

    def silent_s(self) -> float:
        """Return how long no result has come."""
        return time.monotonic() - self._posted_s

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether results keep coming, and how old the last one is."""
        silent_s = self.silent_s()
        healthy = self.newest is not None and silent_s < STALE_S
        return healthy, {"status": "ok" if healthy else "no frames", "silent_s": round(silent_s, 2)}


def _result(shown: DisplayFrame) -> dict[str, Any]:
    seen, figures = shown.seen, shown.caption.figures
    rest_ms = max(0.0, figures.latency_ms - figures.prepare_ms - figures.invoke_ms)
    return {
        "label": shown.label,
        "neither": shown.label == NEITHER,
        "score": round(shown.score, 4),
        "top": [[label, round(score, 4)] for label, score in shown.caption.top],
        "source": seen.frame.source,
        "frame": seen.frame.number,
        "model": seen.classifier.path.name,
        "fps": round(figures.fps, 2),
        "dropped": figures.dropped,
        "times_ms": {
            "resize": round(figures.prepare_ms, 3),
            "model": round(figures.invoke_ms, 3),
            "scores": round(rest_ms, 3),
            "frame to label": round(figures.latency_ms, 3),
            "age at label": round(figures.age_ms, 3),
        },
    }
