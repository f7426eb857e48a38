"""What other processes took of the processor while we measured.

The load average counts our own work and forgets slowly, so it cannot tell.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE, _IO_WAIT, _COUNTED = 3, 4, 8  # user nice system idle iowait irq softirq steal: `man 5 proc_stat`


@dataclass(frozen=True)
class BackgroundLoad:
    """Processor time of other processes, hypervisor included, on the cores that this process may use.

    Attributes:
        cpu_s: that they used; None: this system does not report it.
        available_s: that there was: duration × cores.
    """

    cpu_s: float | None
    available_s: float

    @property
    def share(self) -> float | None:
        """Of the available time, 0..1."""
        return None if self.cpu_s is None else min(1.0, self.cpu_s / self.available_s)


class BackgroundLoadMeter:
    """Counts from its construction to `read`; of this process, all threads are left out."""

    def __init__(self) -> None:
        self._start_s, self._busy_s, self._own_s = time.perf_counter(), _busy_s(), time.process_time()

    @property
    def passed_s(self) -> float:
        """Seconds since the construction."""
        return time.perf_counter() - self._start_s

    def read(self) -> BackgroundLoad:
        """Return what others used until now."""
        busy_s = _busy_s()
        available_s = max(1e-9, self.passed_s * len(_cores()))
        if busy_s is None or self._busy_s is None:
            return BackgroundLoad(None, available_s)
        own_s = time.process_time() - self._own_s
        return BackgroundLoad(max(0.0, busy_s - self._busy_s - own_s), available_s)


def busy_ticks(stat: str, cores: set[int]) -> int:
    """Return the clock ticks that some cores were not idle.

    Args:
        stat: text of `/proc/stat`.
        cores: to count.
    """
    ticks = 0
    for line in stat.splitlines():
        name, *counts = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            values = [int(count) for count in counts[:_COUNTED]]
            ticks += sum(values) - values[_IDLE] - values[_IO_WAIT]
    return ticks


def _busy_s() -> float | None:
    try:
        return busy_ticks(_STAT.read_text(), _cores()) / float(os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return None


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
