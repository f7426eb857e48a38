"""Which cv2 wheel this machine can import, how many are installed, and what to do where none can be loaded.

Run as a file (`python edge_app/common/opencv_wheel.py`) before anything is installed, it prints the extra to install:
`edge` or `edge-headless`; where a wheel is installed already, that of this one. So nothing but the standard library
is imported at the top.
"""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path
from types import TracebackType

# What opencv-python 4.11 and 5.0 take from the system (readelf -d, the libraries that they bring included), beside what
# the headless wheel takes too, and Debian's package of each. The last four are its windows': cv2 loads without them.
# Pi OS Lite, slim containers and a bare Debian have none of them.
_NEEDED_LIBRARIES = {
    "libxcb.so.1": "libxcb1",
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
}
_WHEELS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
_INSTALLED = re.compile(r"(?P<name>opencv(_contrib)?_python(_headless)?)-(?P<version>[^-]+)\.dist-info")


def suitable_extra() -> str:
    """Return `edge` where a cv2 with windows can be imported, else `edge-headless`."""
    return "edge-headless" if missing_libraries() else "edge"


def extra_to_install() -> str:
    """Return the extra of the wheel that is here already: a second one would overwrite it; else the suitable one."""
    names = [wheel.split()[0] for wheel in installed_cv2_wheels()]
    if not names:
        return suitable_extra()
    return "edge-headless" if all(name.endswith("-headless") for name in names) else "edge"


def missing_libraries() -> tuple[str, ...]:
    """Return what opencv-python needs of the system and does not find there; nothing but on Linux."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(library for library in _NEEDED_LIBRARIES if not _loads(library))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def why_cv2_fails(error: ImportError) -> str | None:
    """Say in one sentence why `import cv2` failed, and what to run; None: the error came from another import."""
    if (error.name or "").split(".")[0] != "cv2" and not _passed_through_cv2(error.__traceback__):
        return None
    names = [wheel.split()[0] for wheel in installed_cv2_wheels()]
    if not names:
        return f"OpenCV is not installed; run: pip install {_suitable_wheel()}"
    missing = missing_libraries()
    if not missing or all(name.endswith("-headless") for name in names):
        again = f"pip install --force-reinstall --no-deps {names[0]}"
        return f"OpenCV cannot be loaded here ({error}); run: {again}"
    headless = "opencv-contrib-python-headless" if "contrib" in names[0] else "opencv-python-headless"
    return (
        f"OpenCV cannot be loaded: this system lacks {_named(missing)}; without a screen run: "
        f"pip uninstall -y {' '.join(names)} && pip install {headless}; with one: {debian_packages(missing)}"
    )


def debian_packages(missing: tuple[str, ...]) -> str:
    """Return the line that installs libraries on Debian, Raspberry Pi OS and Ubuntu."""
    return f"sudo apt install {' '.join(sorted({_NEEDED_LIBRARIES[library] for library in missing}))}"


def _named(libraries: tuple[str, ...]) -> str:
    first, *more = libraries
    return first if not more else f"{first} and {len(more)} more {'library' if len(more) == 1 else 'libraries'}"


def _passed_through_cv2(trace: TracebackType | None) -> bool:
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "cv2":
            return True
        trace = trace.tb_next
    return False


def _suitable_wheel() -> str:
    return "opencv-python" if suitable_extra() == "edge" else "opencv-python-headless"


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
    if not wheels:
        raise MissingDependencyError(f"OpenCV is not installed; install it with: pip install {_suitable_wheel()}")
    names = " ".join(wheel.split()[0] for wheel in wheels)
    raise MissingDependencyError(
        f"{len(wheels)} cv2 wheels overwrite each other here ({', '.join(wheels)}); keep one: "
        f"pip uninstall -y {names} && pip install {_suitable_wheel()}"
    )


if __name__ == "__main__":
    print(extra_to_install())
