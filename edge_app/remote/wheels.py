"""Wheels for another machine than this one: our own, and those that fit there, with this one's pip and its settings.

pip judges environment markers (`; python_version < "3.12"`) for the Python that runs it, whatever machine is asked for.
The proof for a machine is therefore an installation on it.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from edge_app.common.command_line import MODULES
from edge_app.common.errors import RemoteError

_OLDEST_GLIBC_MINOR = 17  # of manylinux2014, the oldest that current wheels are made for
_WHEEL = "Wheel-Version: 1.0\nGenerator: fieldlens\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_DATE = (2020, 1, 1, 0, 0, 0)  # equal sources make equal bytes


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


def pack_ourselves(folder: Path) -> Path:
    """Pack the packages that run now into a wheel, without a build or a network; return it.

    Raises:
        RemoteError: FieldLens is not installed, so nobody knows what it needs.
    """
    try:
        ours = distribution("fieldlens")
    except PackageNotFoundError:
        raise RemoteError(
            "FieldLens is not installed here, only imported; run: pip install '.[edge-headless]'"
        ) from None
    about = f"fieldlens-{ours.version}.dist-info"
    content = {f"{about}/{name}": (ours.read_text(name) or "").encode() for name in ("METADATA", "entry_points.txt")}
    content[f"{about}/WHEEL"] = _WHEEL.encode()
    for package in MODULES.values():
        content |= _files_of(package)
    record = [f"{name},sha256={_digest(held)},{len(held)}" for name, held in content.items()]
    content[f"{about}/RECORD"] = "\n".join([*record, f"{about}/RECORD,,", ""]).encode()
    wheel = folder / f"fieldlens-{ours.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, held in content.items():
            packed.writestr(zipfile.ZipInfo(name, _DATE), held, zipfile.ZIP_DEFLATED)
    return wheel


def fetch_wheels(wheel: Path, extras: str, machine: Machine) -> list[str]:
    """Fetch what a wheel of ours needs on another machine, into the folder where it lies; return the file names.

    Raises:
        RemoteError: something has no wheel for that machine, or pip failed.
    """
    run_pip("download", *machine.pip_options(), "--dest", str(wheel.parent), f"fieldlens[{extras}] @ {wheel.as_uri()}")
    return sorted(path.name for path in wheel.parent.glob("*.whl"))


def run_pip(*words: str) -> None:
    """Run this Python's pip.

    Raises:
        RemoteError: it failed; the sentence has its first complaint.
    """
    command = [sys.executable, "-m", "pip", words[0], "--quiet", "--disable-pip-version-check", *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise RemoteError(f"pip {words[0]} failed: {(errors or ['it said nothing'])[0]}")


def _files_of(package: str) -> dict[str, bytes]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return {}
    root = Path(spec.origin).parent
    files = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{package}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in files}


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
