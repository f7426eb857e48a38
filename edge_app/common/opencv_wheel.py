"""Which cv2 wheel this machine can import, and how many are installed.

Run as a file (`python edge_app/common/opencv_wheel.py`) before anything is installed, it prints the extra to install:
`edge` or `edge-headless`. So nothing but the standard library is imported at the top.
"""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

_NEEDED_LIBRARY = "libxcb.so.1"  # linked by opencv-python; absent on Pi OS Lite and in slim containers
_WHEELS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
_INSTALLED = re.compile(r"(?P<name>opencv(_contrib)?_python(_headless)?)-(?P<version>[^-]+)\.dist-info")


def suitable_extra() -> str:
    """Return `edge` where a cv2 with windows can be imported, else `edge-headless`."""
    if not sys.platform.startswith("linux"):
        return "edge"
    try:
        ctypes.CDLL(_NEEDED_LIBRARY)
    except OSError:
        return "edge-headless"
    return "edge"


def installed_cv2_wheels() -> tuple[str, ...]:
    """Return every installed wheel that brings a `cv2`, with its version, as in `opencv-python 5.0.0`.

    Looks at folder names: `importlib.metadata` would cost every start 15 ms and 2 MiB.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        for installed in Path(folder).glob("opencv*.dist-info"):
            match = _INSTALLED.fullmatch(installed.name)
            if match is not None:
                found.setdefault(match["name"].replace("_", "-"), match["version"])
    return tuple(f"{wheel} {found[wheel]}" for wheel in _WHEELS if wheel in found)


def check_one_cv2_wheel() -> None:
    """Refuse an environment without a cv2 wheel, or with two that overwrite each other's files.

    Raises:
        MissingDependencyError: there is none, or more than one.
    """
    from edge_app.common.errors import MissingDependencyError

    wheels = installed_cv2_wheels()
    if len(wheels) == 1:
        return
    keep = "opencv-python" if suitable_extra() == "edge" else "opencv-python-headless"
    if not wheels:
        raise MissingDependencyError(f"OpenCV is not installed; install it with: pip install {keep}")
    names = " ".join(wheel.split()[0] for wheel in wheels)
    raise MissingDependencyError(
        f"{len(wheels)} cv2 wheels overwrite each other here ({', '.join(wheels)}); keep one: "
        f"pip uninstall -y {names} && pip install {keep}"
    )


if __name__ == "__main__":
    print(suitable_extra())
