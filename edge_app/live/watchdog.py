"""A model that passes its trial and then hangs or swells on one picture: noticed while the loop waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge_app.common.errors import HungModelError
from edge_app.common.process_memory import status_bytes
from edge_app.live.frame_classifier import FrameClassifier

TIME_LIMIT_S = 30.0
"""For one frame; the slowest models that are of any use live need one."""
MEMORY_BYTES = 2 << 30
"""That a model may take beyond what the app had when the loop began: as much as in its trial."""


class Watchdog:
    """Looks whether the model still behaves; costs nothing per frame, since it looks only while no frame comes.

    Args:
        frame_classifier: whose model is watched.
        time_limit_s: for one frame.
        memory_bytes: that may be added from now on.
        clock_s: a clock, seconds.
    """

    def __init__(
        self,
        frame_classifier: FrameClassifier,
        time_limit_s: float = TIME_LIMIT_S,
        memory_bytes: int = MEMORY_BYTES,
        clock_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._frame_classifier, self._time_limit_s, self._clock_s = frame_classifier, time_limit_s, clock_s
        self._most_bytes = resident_bytes() + memory_bytes

    def look(self) -> None:
        """Look once.

        Raises:
            HungModelError: the model works on one frame for too long, or takes too much memory for it.
        """
        since_s = self._frame_classifier.working_since_s
        if since_s is None:
            return
        path = self._frame_classifier.classifier.path
        if self._clock_s() - since_s > self._time_limit_s:
            raise HungModelError(
                f"`{path}` works on one picture for more than {self._time_limit_s:g} s: it is damaged, malicious, or "
                "far too large for this machine; convert or download it again"
            )
        if resident_bytes() > self._most_bytes:
            raise HungModelError(
                f"`{path}` takes more than {self._most_bytes / 1e9:.1f} GB of memory for one picture: it is damaged, "
                "or malicious; convert or download it again"
            )


def resident_bytes() -> int:
    """Return the memory that this process has now; 0 where the system does not tell."""
    return status_bytes("VmRSS") or 0
