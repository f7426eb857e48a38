"""A folder that a run adds pictures to: within a budget, never half a file, and the disk is left some room."""

from __future__ import annotations

import secrets
import shutil
from datetime import datetime
from pathlib import Path

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import OutputError
from edge_app.photographs.decoder import is_image_name

JPEG_QUALITY = 95
RESERVE_BYTES = 256 << 20
"""So much of the disk stays free, whatever the budget."""


def new_session() -> str:
    """Name a session: what is marked with it (`photographs.groups`) stays together in every split."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


class PictureFolder:
    """Adds pictures, those of earlier runs counted.

    Attributes:
        root: the folder; it is made, or continued.
        used_bytes: by all pictures in it.

    Args:
        root: the folder.
        budget_bytes: of all pictures in it.
        option: that set the budget, for the sentence when it is spent.
    """

    def __init__(self, root: Path, budget_bytes: int, option: str) -> None:
        self.root, self.used_bytes = root, 0
        self._budget_bytes, self._option = budget_bytes, option

    def open(self) -> int:
        """Make the folder, or look through it; return how many pictures are there.

        Raises:
            OutputError: it cannot be made or written.
        """
        write_bytes(self.root / ".writable", b"", durable=False)  # the fault comes now, not with the first frame
        (self.root / ".writable").unlink()
        pictures = [path for path in self.root.rglob("*") if is_image_name(path)]
        self.used_bytes = sum(path.stat().st_size for path in pictures)
        return len(pictures)

    def add(self, path: Path, encoded: bytes) -> None:
        """Write a picture, without waiting for the disk.

        Args:
            path: relative to the folder.
            encoded: the file.

        Raises:
            OutputError: the budget is spent, the disk is nearly full, or the system refused.
        """
        if self.used_bytes + len(encoded) > self._budget_bytes:
            raise OutputError(f"the budget of {self._budget_bytes / 1e6:,.6g} MB is spent ({self._option})")
        if shutil.disk_usage(self.root).free - len(encoded) < RESERVE_BYTES:
            raise OutputError(f"less than {RESERVE_BYTES / 1e6:,.0f} MB are free on its disk")
        write_bytes(self.root / path, encoded, durable=False)
        self.used_bytes += len(encoded)
