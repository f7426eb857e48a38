"""Plots with matplotlib, which a device may not have: the one of a latency result, and what all plots need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Any

from benchmarks.results.latency import LatencyResult
from benchmarks.results.validity import invalid_reasons
from benchmarks.statistics.summary import percentile, summarize
from edge_app.common.atomic_files import atomic_file
from edge_app.common.errors import MissingDependencyError
from edge_app.common.notebook import in_notebook

_WIDTH_INCHES = 4.5  # a phone shows it without scrolling
_TITLE_CHARACTERS = 60  # of a line
_VIOLIN = 0.22  # half its height; rows are 1 apart, and the words stand above it
_SHOWN_SHARE = 0.99  # slower runs are off the plot; the table has p99


def pyplot() -> Any:
    """Return `matplotlib.pyplot`, drawing into files only.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependencyError("no plot: matplotlib is not installed; pip install matplotlib") from error
    if not in_notebook():
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


def plot_result(result: LatencyResult, path: Path) -> None:
    """Draw the distribution of frame→label latency per file, below its name, median and accuracy.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    files = result.files
    figure, axes = plt.subplots(figsize=(_WIDTH_INCHES, 1.8 + 1.0 * len(files)), layout="constrained")
    ends_s = [percentile(sorted(file.frame_to_label_s), _SHOWN_SHARE) for file in files]
    data = [
        [1e3 * time_s for time_s in file.frame_to_label_s if time_s <= end_s]
        for file, end_s in zip(files, ends_s, strict=True)
    ]
    places = range(len(files), 0, -1)
    axes.violinplot(data, positions=list(places), orientation="horizontal", widths=2 * _VIOLIN, showextrema=False)
    several = len(result.threads) > 1
    for file, place in zip(files, places, strict=True):
        median_ms = 1e3 * summarize(file.frame_to_label_s).median_s
        for time_ms, color in ((median_ms, "tab:blue"), (1e3 * summarize(file.invoke_s).median_s, "black")):
            axes.plot([time_ms], [place], "|", color=color, markersize=16)
        name = file.name + (f", {file.threads} threads" if several else "")
        accuracy = "" if file.accuracy is None else f", accuracy {file.accuracy.top1:.1%}"
        words, height = f"{name}\n{median_ms:.2f} ms{accuracy}", place + 1.1 * _VIOLIN
        axes.text(0.02, height, words, transform=axes.get_yaxis_transform(), fontsize=9, va="bottom", parse_math=False)
    axes.set_yticks([])
    axes.set_xlim(left=0, right=1.1e3 * max(ends_s))
    axes.set_ylim(0.6, len(files) + 0.9)
    axes.set_xlabel("frame→label latency, ms (blue mark: median;\nblack mark: bare run; slowest 1 % not shown)")
    invalid = "INVALID, see the table: " if invalid_reasons(result) else ""
    axes.set_title(fill(f"{invalid}{result.device}", _TITLE_CHARACTERS), fontsize=9)
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)
