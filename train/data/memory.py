"""How much memory there is, and whether decoded photographs may fill it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

Stream = Literal["auto", "always", "never"]
"""Whether photographs stay in their files and are decoded when a batch needs them."""

MEMORY_SHARE = 0.4
"""Of the machine's memory that decoded photographs may take."""

_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container; Linux, control groups version 2


def memory_bytes() -> int:
    """Return the memory of this machine, or what its container may use of it."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(physical, int(_LIMIT.read_text()))
    except (OSError, ValueError):  # none, or `max`
        return physical


def streams(wish: Stream, size_bytes: int) -> bool:
    """Decide whether photographs are streamed.

    Args:
        wish: `auto`: when they would take more than `MEMORY_SHARE`.
        size_bytes: of all of them, decoded.
    """
    return wish == "always" or (wish == "auto" and size_bytes > MEMORY_SHARE * memory_bytes())
