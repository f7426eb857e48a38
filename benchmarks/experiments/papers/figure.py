"""What the plots share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

T = TypeVar("T")
PointT = TypeVar("PointT")

COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown")


@contextmanager
def figure(path: Path, columns: int, title: str, width: float = 5.2, height: float = 4.0) -> Iterator[list[Any]]:
    """Yield the axes of a row of plots, then save it.

    Args:
        path: of the PNG.
        columns: plots side by side.
        title: above all.
        width: of one plot, inches.
        height: of one plot, inches.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    drawing, axes = plt.subplots(1, columns, figsize=(width * columns, height), layout="constrained", squeeze=False)
    drawing.suptitle(title, fontsize=11)
    yield list(axes[0])
    for one in axes[0]:
        one.grid(alpha=0.3)
    drawing.savefig(path, dpi=130)
    plt.close(drawing)


def line_and_points(
    axes: Any,
    xs: Sequence[float],
    values: Sequence[Sequence[float]],
    label: str,
    colour: str,
    style: str = "-",
    middle: Callable[[Sequence[float]], float] = fmean,
) -> None:
    """Draw a line through the middles, and every seed as a point.

    Args:
        axes: of matplotlib.
        xs: places.
        values: per place one value per seed.
        label: of the line.
        colour: of both.
        style: of the line.
        middle: mean or median.
    """
    axes.plot(xs, [middle(group) for group in values], style, color=colour, label=label, linewidth=1.6)
    for x, group in zip(xs, values, strict=True):
        axes.plot([x] * len(group), group, "o", color=colour, markersize=3, alpha=0.45, markeredgewidth=0)


def log_ticks(axis: Any, places: Sequence[float]) -> None:
    """Write plain numbers at some places of a logarithmic axis."""
    from matplotlib.ticker import NullFormatter

    axis.set_ticks(list(places), [f"{place:,g}" for place in places])
    axis.set_minor_formatter(NullFormatter())


def groups(points: Sequence[PointT], of: Callable[[PointT], Any], value: Callable[[PointT], T]) -> dict[Any, list[T]]:
    """Collect a value of points by what they have in common, in the order in which it is met."""
    found: dict[Any, list[T]] = {}
    for point in points:
        found.setdefault(of(point), []).append(value(point))
    return found
