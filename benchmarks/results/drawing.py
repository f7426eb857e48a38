"""matplotlib, which a device may not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.common.atomic_files import atomic_file
from edge_app.common.errors import MissingDependencyError


def pyplot() -> Any:
    """Return `matplotlib.pyplot`, drawing into files only.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependencyError("no plot: matplotlib is not installed; pip install matplotlib") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    return plt


def write_plot(path: Path, draw: Callable[[Path], None]) -> tuple[Path, ...]:
    """Write a plot, or say why there is none; return what was written.

    Args:
        path: of the picture.
        draw: draws into a file.

    Raises:
        OutputError: the system refused to write.
    """
    try:
        with atomic_file(path) as temporary:
            draw(temporary)
    except MissingDependencyError as error:
        print(error)
        return ()
    return (path,)
