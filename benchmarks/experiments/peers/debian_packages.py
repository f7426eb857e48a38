"""System libraries that MediaPipe's wheel links and does not bring; on Debian and Raspberry Pi OS apt-get has them.

`python benchmarks/experiments/peers/debian_packages.py` installs what is missing where it may (root), and else says
what to run. Runs before anything is installed: standard library only. The list is what `ldd` of mediapipe 1.2's
libmediapipe.so names beyond the C library; its cv2 needs nothing more when it is the headless one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

PACKAGES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}


def missing_packages() -> list[str]:
    """Return the Debian packages whose library the loader does not find."""
    return [package for library, package in PACKAGES.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> int:
    """Install what is missing; return 1 with a sentence where that cannot be done."""
    missing = missing_packages()
    if not missing:
        return 0
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.stderr.write(f"error: MediaPipe needs {' and '.join(missing)}; run: sudo {' '.join(install)}\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            sys.stderr.write(f"error: `{' '.join(command)}` failed; see above\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
