"""What it costs to wait for the disk: the same folder written with and without `fsync`, in turns."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from edge_app.common import atomic_files

_FILES, _FILE_BYTES = 23, 400_000  # what a run of MobileNetV2 leaves


@dataclass(frozen=True)
class FsyncPair:
    """One pair.

    Attributes:
        durable_s: with `fsync`, as FieldLens writes.
        plain_s: without.
        written_bytes: each time.
    """

    durable_s: float
    plain_s: float
    written_bytes: int = _FILES * _FILE_BYTES


def fsync_pairs(pairs: int, folder: Path, step: Callable[[], None]) -> tuple[FsyncPair, ...]:
    """Write a folder twice per pair, each time over the one before; the order turns from pair to pair.

    Args:
        pairs: how many.
        folder: on the disk that is asked.
        step: called after each.
    """
    out = folder / "run"
    _write(out)
    found = []
    for number in range(pairs):
        times_s = {}
        for durable in (number % 2 == 0, number % 2 == 1):
            start_s = time.perf_counter()
            if durable:
                _write(out)
            else:
                with patch.object(atomic_files, "to_disk", lambda _path: None):
                    _write(out)
            times_s[durable] = time.perf_counter() - start_s
        found.append(FsyncPair(times_s[True], times_s[False]))
        step()
    shutil.rmtree(out)
    return tuple(found)


def _write(out: Path) -> None:
    with atomic_files.atomic_folder(out, overwrite=True, sign="0.bin") as temporary:
        for number in range(_FILES):
            (temporary / f"{number}.bin").write_bytes(os.urandom(_FILE_BYTES))
