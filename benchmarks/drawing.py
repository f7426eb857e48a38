"""matplotlib, which a device may not have."""

from __future__ import annotations

from typing import Any

from edge_app.errors import MissingDependencyError


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
