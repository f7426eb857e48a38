"""What this machine has for running the app, in a few lines."""

from __future__ import annotations

import platform
from collections.abc import Callable

from edge_app.errors import FieldLensError
from edge_app.opencv_wheel import check_one_cv2_wheel, installed_cv2_wheels
from edge_app.runtime import default_threads, runtime_name


def examine() -> tuple[list[str], bool]:
    """Return a line per fact, and whether the app can run here."""
    lines = [f"python   {platform.python_version()} on {platform.machine()}, {default_threads()} threads by default"]
    healthy = True
    for name, check in (
        ("runtime ", runtime_name),
        ("opencv  ", _opencv),
        ("window  ", _window),
        ("cameras ", _cameras),
    ):
        good, text = _tried(check)
        healthy &= good
        lines.append(f"{name} {text}")
    return lines, healthy


def _tried(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except (FieldLensError, ImportError) as error:
        return False, f"PROBLEM: {error}"


def _opencv() -> str:
    check_one_cv2_wheel()
    import cv2

    return f"{installed_cv2_wheels()[0]} (imports as {cv2.__version__})"


def _window() -> str:
    from edge_app.sinks.window import why_no_window

    reason = why_no_window()
    return "yes" if reason is None else f"no: {reason}; use --save, --jsonl or read the printed labels"


def _cameras() -> str:
    from edge_app.sources.why_no_camera import list_cameras

    return "; ".join(list_cameras()) or "none found; `--source demo` needs none"
