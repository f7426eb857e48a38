"""One call: what was asked for, done and answered."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from edge_app.remote.agent.base import ROOT, SIGN, Fault, alone, inside, missing, names, python_version, store, text
from edge_app.remote.agent.jobs import job_files, job_forget, job_start, job_state
from edge_app.remote.agent.service import (
    address,
    current,
    environment,
    environments,
    releases,
    running,
    start,
    stop,
)
from edge_app.remote.agent.systemd import linger, lingers, manager, remove_unit

MARK = "\x1e"
OLDEST = (3, 11)


def look(_given: dict[str, Any], stream: BinaryIO) -> dict[str, Any]:
    """Return what the board is and what is deployed: the fields of `board.Board`."""
    name, version = _libc()
    disk = os.statvfs(Path.home())
    return {
        "board": text(Path("/proc/device-tree/model")).strip("\0 \n"),
        "architecture": _architecture(),
        "python": python_version(),
        "libc": name,
        "libc_version": version,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "free_bytes": disk.f_bavail * disk.f_frsize,
        "cameras": sorted(map(str, Path("/dev").glob("video*"))),
        "picamera": importlib.util.find_spec("picamera2") is not None,
        "venv": importlib.util.find_spec("ensurepip") is not None,
        "manager": manager(),
        "lingers": lingers(),
        "current": current(),
        "releases": releases(),
        "environments": environments(),
        "running": running(),
        "label": text(inside("state", "label")).strip(),
        "address": address(),
        "jobs": {name: job_state({"id": name}, stream)["state"] for name in names("jobs")},
    }


def _architecture() -> str:
    """Return it as wheels are named; of the programs, where the kernel has more bits."""
    machine = os.uname().machine
    return "armv7l" if struct.calcsize("P") == 4 and machine in ("aarch64", "armv8l") else machine


def _libc() -> tuple[str, str]:
    """Return the C library's name and version; `other` is one that current wheels are not made for."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "other").partition(" ")
    except (ValueError, OSError):
        return "other", ""
    return name, version


def remove(_given: dict[str, Any], stream: BinaryIO) -> list[str]:
    """Stop the service; delete its unit and our folder; return what was deleted."""
    if not os.path.lexists(ROOT):
        return []
    if ROOT.is_symlink() or not inside(SIGN).exists():
        raise Fault(f"`{ROOT}` on the board was not made by this command, so it stays")
    if any(job_state({"id": name}, stream)["state"] == "running" for name in names("jobs")):
        raise Fault("a measurement runs on the board; wait for its end")
    with alone(wait=False):
        stop()
        gone = [str(ROOT), *remove_unit(manager())]
        shutil.rmtree(ROOT)
    return gone


CALLS: dict[str, Callable[[dict[str, Any], BinaryIO], Any]] = {
    call.__name__: call
    for call in (look, missing, store, environment, linger, start, remove, job_start, job_state, job_files, job_forget)
}


def _refused(error: OSError) -> str:
    """Return a sentence about what the system did not do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "its disk is full; free some space there and give the same command again"
    about = f" `{error.filename}`" if error.filename else ""
    return f"the system refused{about}: {error.strerror}"


def main(stream: BinaryIO) -> int:
    """Do what one line of JSON says; answer with another one."""
    asked = json.loads(stream.readline())
    try:
        if sys.version_info[:2] < OLDEST:
            raise Fault(f"its python3 is {python_version()}; 3.11 or newer is needed: install a newer system on it")
        told = {"result": CALLS[asked["call"]](asked["given"], stream)}
    except Fault as error:
        told = {"fault": str(error)}
    except OSError as error:
        told = {"fault": _refused(error)}
    sys.stdout.write(f"\n{MARK}{json.dumps(told)}\n")
    return 0
