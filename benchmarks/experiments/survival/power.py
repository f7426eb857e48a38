"""A power cut after a training has said that it is done: what an ext4 disk then holds.

The disk is a file. While the program works on it, copies of that file are taken without any `sync`: what the kernel
still keeps in memory is missing in them, as after a cut. Each copy is mounted, which replays its journal.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import ResultError, UsageError
from edge_app.common.own_process import python_command

_DISK_BYTES = 96 << 20
_EVERY_S = 3.0


@dataclass(frozen=True)
class PowerCut:
    """One cut.

    Attributes:
        after_s: the run folder had its name.
        run_there: whether the run folder is on the disk.
        damaged: its files that are missing, short or different.
    """

    after_s: float
    run_there: bool
    damaged: tuple[str, ...]

    @property
    def survived(self) -> bool:
        """Whether the run is whole."""
        return self.run_there and not self.damaged


def refuse_no_root() -> None:
    """Say early that disks are mounted by root alone.

    Raises:
        UsageError: this is another user, or another system.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        raise UsageError("--power mounts disks of its own: it needs root, Linux and mkfs.ext4 (Debian: e2fsprogs)")


def cut_power(photographs: Path, folder: Path, count: int, step: Callable[[str], None]) -> tuple[PowerCut, ...]:
    """Train on a disk of its own and cut the power so many times.

    Args:
        photographs: a small labelled folder.
        folder: for disks and copies.
        count: of cuts.
        step: told what was done.

    Raises:
        ResultError: the training failed.
    """
    disk = folder / "disk.img"
    with disk.open("wb") as file:
        file.truncate(_DISK_BYTES)
    _run("mkfs.ext4", "-q", str(disk))
    with _mounted(disk, folder / "disk") as place:
        copies = _copies(photographs, place / "run", disk, count)
        expected = _hashes(place / "run")
    cuts = []
    for after_s, copy in copies:
        with _mounted(copy, folder / "copy") as place:
            found = _hashes(place / "run")
        damaged = tuple(sorted(name for name, digest in expected.items() if found.get(name) != digest))
        cuts.append(PowerCut(after_s, bool(found), damaged))
        copy.unlink()
        step("survived" if cuts[-1].survived else "LOST")
    return tuple(cuts)


def _copies(photographs: Path, out: Path, disk: Path, count: int) -> list[tuple[float, Path]]:
    command = python_command("train", "fit", str(photographs), "--recipe", "tiny", "--epochs", "3", "--out", str(out))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not out.exists():
        if process.poll() is not None:
            raise ResultError(f"`{' '.join(command)}` ended with code {process.returncode}")
        time.sleep(0.005)
    done_s, copies = time.monotonic(), []
    for number in range(count):
        time.sleep(max(0.0, done_s + number * _EVERY_S - time.monotonic()))
        copy = disk.with_name(f"copy-{number}.img")
        shutil.copyfile(disk, copy)
        copies.append((time.monotonic() - done_s, copy))
    process.wait()
    return copies


@contextmanager
def _mounted(disk: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", str(disk), str(place))
    try:
        yield place
    finally:
        _run("umount", str(place))


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ResultError(f"`{' '.join(words)}` failed: {done.stderr.strip()}")


def _hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
