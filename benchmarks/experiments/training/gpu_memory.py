"""The most memory that a process and the GPUs had, seen from outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from typing import Self

from edge_app.common.process_memory import status_bytes

_PERIOD_S = 0.5


class PeakMemory:
    """Watches while it is entered.

    Args:
        gpus: whether nvidia-smi is asked.

    Attributes:
        bytes: of the process, as Linux counts it.
        gpu_bytes: of all GPUs together; None: not asked, or nvidia-smi is not there.
    """

    def __init__(self, gpus: bool) -> None:
        self.bytes = 0
        self.gpu_bytes: int | None = None
        self._program = shutil.which("nvidia-smi") if gpus else None
        self._end = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="nvidia-smi")

    def __enter__(self) -> Self:
        if self._program is not None:
            self._watcher.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def look(self, process: int) -> None:
        """Read the peak of a process that runs."""
        self.bytes = max(self.bytes, status_bytes("VmHWM", process) or 0)

    def _watch(self) -> None:
        words = [str(self._program), "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        while not self._end.wait(_PERIOD_S):
            told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
            used = [int(one) for one in re.findall(r"^\d+$", told, re.MULTILINE)]
            if used:
                self.gpu_bytes = max(self.gpu_bytes or 0, sum(used) << 20)
