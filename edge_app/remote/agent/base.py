"""Our folder on the board, the files in it, and processes that stay."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path.home() / ".fieldlens"
SIGN = "made-by-fieldlens"

_STOP_S = 15.0
_LOG_LINES = 5


class Fault(Exception):  # noqa: N818 (it carries a sentence to the other side, as FieldLensError does)
    """A sentence for the user."""


def inside(*parts: str) -> Path:
    """Return a path in our folder; a part is one name, and never leads out."""
    for part in parts:
        one_name(part)
    return ROOT.joinpath(*parts)


def one_name(name: str) -> str:
    """Return a name that is one, not a path."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise Fault(f"`{name}` is no name of a file")
    return name


def python_version() -> str:
    """Return it, as in 3.11."""
    return ".".join(map(str, sys.version_info[:2]))


def text(path: Path) -> str:
    """Return a file's text; "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def write(path: Path, content: str, mode: int = 0o644) -> None:
    """Write a file under a temporary name, and rename it."""
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def names(folder: str) -> list[str]:
    """Return what is in one of our folders."""
    path = inside(folder)
    return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []


def forget(path: Path) -> None:
    """Delete a file, if it is there."""
    if os.path.lexists(path):
        path.unlink()


def tail(path: Path) -> str:
    """Return the last lines of a log, in one."""
    lines = [line.strip() for line in text(path).splitlines() if line.strip()]
    return " / ".join(lines[-_LOG_LINES:]) or "it said nothing"


def prepare() -> None:
    """Make our folder; refuse one of somebody else."""
    if ROOT.is_symlink() or (ROOT.is_dir() and any(ROOT.iterdir()) and not inside(SIGN).exists()):
        raise Fault(f"`{ROOT}` on the board was not made by this command, so it stays; move it away")
    ROOT.mkdir(mode=0o700, exist_ok=True)
    inside(SIGN).touch()
    for folder in ("files", "environments", "releases", "jobs", "state"):
        inside(folder).mkdir(exist_ok=True)


@contextlib.contextmanager
def alone(wait: bool) -> Iterator[None]:
    """Keep other deploys to this board out; wait: for the end of one that is under way, instead of a refusal."""
    with inside("lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            raise Fault("another deploy to this board is under way; wait for its end") from None
        yield


def missing(given: dict[str, Any], _stream: BinaryIO) -> list[str]:
    """Return the hashes of files that are not here."""
    return [sha256 for sha256 in given["files"] if not inside("files", sha256).exists()]


def store(given: dict[str, Any], stream: BinaryIO) -> None:
    """Take files from the stream: their sizes and hashes are given, their bytes follow."""
    prepare()
    for file in given["files"]:
        path = inside("files", file["sha256"])
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            digest = _take(part, file["size_bytes"], stream)
            if digest != file["sha256"]:
                raise Fault("the connection broke, or a file changed while it was sent; give the same command again")
            part.replace(path)
        finally:
            forget(part)


def _take(part: Path, size_bytes: int, stream: BinaryIO) -> str:
    """Write so many bytes of the stream, or what there is of them; return their hash."""
    digest = hashlib.sha256()
    with part.open("wb") as file:
        while size_bytes:
            piece = stream.read(min(size_bytes, 1 << 20))
            if not piece:
                break
            digest.update(piece)
            file.write(piece)
            size_bytes -= len(piece)
    return digest.hexdigest()


def detached(command: list[str], folder: Path) -> str:
    """Start a process that stays when the connection ends; return what tells it from every other one."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return f"{process.pid} {began(process.pid)}"


def began(pid: int) -> str:
    """Return when a process began, in ticks since the boot; "": it is gone."""
    fields = text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return "" if not fields or fields[0] in "ZX" else fields[19]


def alive(path: Path) -> int:
    """Return the process that a file names, if it is still that one; else 0."""
    pid, _, when = text(path).partition(" ")
    return int(pid) if pid.isdigit() and when and began(int(pid)) == when else 0


def end(path: Path) -> None:
    """End the process group that a file names, and wait for it."""
    asked = time.monotonic()
    _signal(path, signal.SIGTERM)  # once: a second one would break off what the first one began
    while alive(path):
        if time.monotonic() - asked > _STOP_S:
            _signal(path, signal.SIGKILL)
        time.sleep(0.05)


def _signal(path: Path, one: signal.Signals) -> None:
    pid = alive(path)
    with contextlib.suppress(OSError):
        if pid:
            os.killpg(pid, one)
