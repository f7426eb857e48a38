"""A model that passes its trial and then hangs or swells on one picture.

The live loop looks while it waits for a label; whatever else runs a model has a thread that looks (`watch`).
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from edge_app.common.errors import HungModelError
from edge_app.common.process_memory import status_bytes

TIME_LIMIT_S = 30.0
"""For one frame; the slowest models that are of any use live need one."""
MEMORY_BYTES = 2 << 30
"""That a model may take beyond what the app had when the loop began: as much as in its trial."""

_PERIOD_S = 1.0  # of the looks of `watch`: too few to be seen in a measurement


class Watched(Protocol):
    """What runs a model."""

    @property
    def path(self) -> Path:
        """Of the model that is used now."""

    @property
    def working_since_s(self) -> float | None:
        """When it began with the picture that it works on, `time.perf_counter()`; None: it has none."""


class Watchdog:
    """Looks whether the model still behaves; costs nothing per frame, since it looks only while no frame comes.

    Args:
        watched: what runs the model.
        time_limit_s: for one frame.
        memory_bytes: that may be added from now on.
        clock_s: a clock, seconds.
    """

    def __init__(
        self,
        watched: Watched,
        time_limit_s: float = TIME_LIMIT_S,
        memory_bytes: int = MEMORY_BYTES,
        clock_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._watched, self._time_limit_s, self._clock_s = watched, time_limit_s, clock_s
        self._most_bytes = resident_bytes() + memory_bytes

    def look(self) -> None:
        """Look once.

        Raises:
            HungModelError: the model works on one frame for too long, or takes too much memory for it.
        """
        since_s = self._watched.working_since_s
        if since_s is None:
            return
        path = self._watched.path
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


W = TypeVar("W", bound=Watched)


def watch(watched: W) -> W:
    """Watch a classifier, or what else runs a model, for as long as it is used.

    One that hangs or swells ends the process in a sentence, code 1. Only a thread can do that: the one that called
    `invoke()` does not come back.

    Returns:
        What is watched.
    """
    still_used = weakref.ref(watched)
    watchdog = Watchdog(weakref.proxy(watched), TIME_LIMIT_S)
    threading.Thread(target=_keep_looking, args=(still_used, watchdog), name="watchdog", daemon=True).start()
    return watched


def _keep_looking(watched: Callable[[], Watched | None], watchdog: Watchdog) -> None:
    while watched() is not None:
        try:
            watchdog.look()
        except HungModelError as error:
            from edge_app.common.command_line import complain  # a measured start does not pay for the import

            complain(str(error))
            sys.stderr.flush()
            os._exit(1)  # as `run_program` does: the runtime still computes
        except ReferenceError:  # it is gone
            return
        time.sleep(_PERIOD_S)


def resident_bytes() -> int:
    """Return the memory that this process has now; 0 where the system does not tell."""
    return status_bytes("VmRSS") or 0
