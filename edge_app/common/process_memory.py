"""What Linux tells of the memory of a process."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Which = Literal["VmRSS", "VmHWM"]
"""What is resident now, and the most that ever was."""


def status_bytes(which: Which, pid: int | Literal["self"] = "self") -> int | None:
    """Return a size in `/proc/PID/status`, bytes; None: another system, or the process has ended.

    Args:
        which: of its lines.
        pid: of the process; `self`: this one.
    """
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None
