"""Wheels for another machine than this one: which ones fit, and fetching them, with this one's pip and its settings.

pip judges environment markers (`; python_version < "3.12"`) for the Python that runs it, whatever machine is asked for.
The proof for a machine is therefore an installation on it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import PeerError
from tests.places import REPOSITORY

_OLDEST_GLIBC_MINOR = 17  # of manylinux2014, the oldest that current wheels are made for


@dataclass(frozen=True)
class Machine:
    """What decides which wheels fit.

    Attributes:
        architecture: as in the names of wheels: `aarch64` or `armv7l`.
        python: as in `3.11`.
        glibc: version of its C library, as in `2.36`.
    """

    architecture: str
    python: str
    glibc: str

    def pip_options(self) -> list[str]:
        """Return the options that make pip choose wheels for it."""
        newest = int(self.glibc.removeprefix("2."))
        modern = [f"manylinux_2_{minor}" for minor in range(newest, _OLDEST_GLIBC_MINOR - 1, -1)]
        platforms = [f"{name}_{self.architecture}" for name in (*modern, "manylinux2014", "linux")]
        options = [f"--platform={platform}" for platform in platforms]
        return [*options, f"--python-version={self.python}", "--only-binary=:all:"]


def our_wheel(folder: Path) -> Path:
    """Build the wheel of this repository into a folder, emptied before, and return it.

    Raises:
        PeerError: pip failed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY))
    return next(folder.glob("fieldlens-*.whl"))


def fetch_wheels(wheel: Path, extras: str, machine: Machine) -> list[str]:
    """Fetch what a wheel of ours needs on another machine, into the folder where it lies; return the file names.

    Raises:
        PeerError: something has no wheel for that machine, or pip failed.
    """
    _pip("download", *machine.pip_options(), "--dest", str(wheel.parent), f"fieldlens[{extras}] @ {wheel.as_uri()}")
    return sorted(path.name for path in wheel.parent.glob("*.whl"))


def resolve(requirement: str, machine: Machine, alone: bool = False) -> list[str]:
    """Return the file names of the wheels that pip would install on another machine; nothing is installed.

    Args:
        requirement: as pip takes it.
        machine: the other one.
        alone: leave out what the package itself needs.

    Raises:
        PeerError: pip finds no wheel for something; the sentence has pip's first complaint.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "--target", folder, "--report", str(report)]
        _pip("install", *options, *(["--no-deps"] if alone else []), *machine.pip_options(), requirement)
        chosen = json.loads(report.read_text())["install"]
    return sorted(item["download_info"]["url"].rpartition("/")[2] for item in chosen)


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", words[0], "--quiet", "--disable-pip-version-check", *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise PeerError(f"pip {words[0]} failed: {(errors or ['it said nothing'])[0]}")
