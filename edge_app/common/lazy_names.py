"""The names that a package shows in Python, imported when they are asked for: `--help` needs none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__` (PEP 562).

    Args:
        package: its name.
        modules: of each name that it shows, the module that has it.

    Raises:
        AttributeError: from the function: there is no such name.
        MissingDependencyError: from the function: OpenCV is not installed as this machine needs it.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(modules[name]), name)
        except ImportError as error:
            from edge_app.common.errors import MissingDependencyError
            from edge_app.common.opencv_wheel import why_cv2_fails

            sentence = why_cv2_fails(error)
            if sentence is None:
                raise
            raise MissingDependencyError(sentence) from None

    return get
