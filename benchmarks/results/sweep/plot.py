"""Plots of a sweep: accuracy against time and size, and against MACs beside the published figure of MobileNetV2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results.plots import pyplot
from benchmarks.results.sweep.pick import Budget, pareto_front
from benchmarks.results.sweep.result import Sweep, SweptFile

_COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:purple", "tab:brown", "tab:pink")
_MARKERS = {"float32": "o", "int8": "s", "float16": "^", "dynamic": "v", "int16x8": "D"}
_OTHER_MARKER = "P"

Measure = Callable[[SweptFile], float]


@dataclass(frozen=True)
class _PublishedNetwork:
    """MobileNetV2 on ImageNet as its authors published it: figure 5 of M. Sandler et al., CVPR 2018 (arXiv:1801.04381).

    The numbers behind it are a table of `research/slim/nets/mobilenet/README.md` in github.com/tensorflow/models.

    Attributes:
        width: multiplier of the channels (alpha).
        input_px: width and height of the picture.
        top1: accuracy on ImageNet's validation photographs, 0..1.
        macs: multiply-accumulates per picture.
        parameters: with the head of 1,001 classes.
    """

    width: float
    input_px: int
    top1: float
    macs: float
    parameters: float


_SOURCE = "tensorflow/models, research/slim/nets/mobilenet/README.md"

_ROWS = (
    (1.4, 224, 75.0, 582, 6.06),
    (1.0, 224, 71.8, 300, 3.47),
    (1.0, 192, 70.7, 221, 3.47),
    (1.0, 160, 68.8, 154, 3.47),
    (1.0, 128, 65.3, 99, 3.47),
    (1.0, 96, 60.3, 56, 3.47),
    (0.75, 224, 69.8, 209, 2.61),
    (0.75, 160, 66.4, 107, 2.61),
    (0.5, 224, 65.4, 97, 1.95),
    (0.5, 160, 61.0, 50, 1.95),
    (0.35, 224, 60.3, 59, 1.66),
    (0.35, 128, 50.8, 20, 1.66),
    (0.35, 96, 45.5, 11, 1.66),
)  # width, px, top-1 in %, MACs and parameters in millions; of the longer table those that our notes hold

_PUBLISHED = tuple(
    _PublishedNetwork(w, px, top1 / 100, macs * 1e6, millions * 1e6) for w, px, top1, macs, millions in _ROWS
)
"""In the order of the widths, the largest first."""


def plot_sweep(sweep: Sweep, path: Path, budget: Budget | None = None) -> None:
    """Draw four panels: milliseconds and megabytes on the left; MACs, published and ours, on the right.

    Args:
        sweep: at least one file.
        path: of the PNG.
        budget: limits to draw.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    budget = budget or Budget()
    figure, ((time, paper), (size, ours)) = plt.subplots(2, 2, figsize=(14, 10), layout="constrained")
    timed = [file for file in sweep.files if file.frame_to_label is not None]
    _panel(time, timed, sweep.files, _latency_ms, "frame→label, ms")
    _panel(size, sweep.files, sweep.files, lambda file: file.size_bytes / 1e6, "file, MB")
    _limit(time, None if budget.latency_s is None else budget.latency_s * 1e3)
    _limit(size, None if budget.size_bytes is None else budget.size_bytes / 1e6)
    _panel(ours, sweep.files, sweep.files, lambda file: file.macs / 1e6, "MACs per picture, millions")
    ours.set_title("the same files against their MACs", fontsize=10)
    _draw_published(paper)
    _share_macs(paper, ours, sweep.files)
    _legend(figure, sweep.files)
    where = f"{sweep.device}, {sweep.threads} thread{'s' if sweep.threads > 1 else ''}" if sweep.device else "not timed"
    time.set_title("test accuracy with 95 % interval; fronts are chosen on validation photographs", fontsize=10)
    figure.suptitle(f"{sweep.photographs}\n{where}" + ("" if sweep.complete else "\nunfinished"), fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def families(files: Sequence[SweptFile]) -> dict[str, str]:
    """Return a colour per recipe of training."""
    names = sorted({file.training for file in files})
    return {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}


def _panel(axes: Any, files: Sequence[SweptFile], everything: Sequence[SweptFile], cost: Measure, unit: str) -> None:
    colours = families(everything)
    for file in files:
        below, above = file.test.top1 - file.test.low, file.test.high - file.test.top1
        axes.errorbar(
            [cost(file)],
            [100 * file.test.top1],
            yerr=[[100 * below], [100 * above]],
            color=colours[file.training],
            marker=_MARKERS.get(file.recipe, _OTHER_MARKER),
            markersize=6,
            elinewidth=0.8,
            alpha=0.85,
        )
    front = [files[place] for place in pareto_front([cost(f) for f in files], [f.validation.top1 for f in files])]
    axes.plot([cost(file) for file in front], [100 * file.test.top1 for file in front], color="black", linewidth=1)
    for place, file in enumerate(front):  # in turns above and below, so that neighbours do not cover each other
        axes.annotate(
            f"{file.width:g}@{file.input_px}",
            (cost(file), 100 * file.test.top1),
            xytext=(5, 9 if place % 2 else -14),
            textcoords="offset points",
            fontsize=8,
        )
    _finish(axes, unit, "test accuracy, %")


def _finish(axes: Any, unit: str, share: str) -> None:
    axes.set_xscale("log")
    axes.margins(x=0.08)  # room for the labels at the ends
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(_minor_label)
    axes.tick_params(axis="x", which="minor", labelsize=7)
    axes.set_xlabel(unit)
    axes.set_ylabel(share)
    axes.grid(alpha=0.3, which="both")


def _minor_label(value: float, _place: int) -> str:
    """Name 2 and 5 of each decade; all nine would overlap."""
    return f"{value:g}" if f"{value:e}"[0] in "25" else ""


def _limit(axes: Any, value: float | None) -> None:
    if value is not None:
        axes.axvline(value, color="tab:red", linestyle=":", linewidth=1.2)


def _draw_published(axes: Any) -> None:
    for width in sorted({row.width for row in _PUBLISHED}):
        rows = sorted((row for row in _PUBLISHED if row.width == width), key=lambda row: row.macs)
        macs, top1 = [row.macs / 1e6 for row in rows], [100 * row.top1 for row in rows]
        (line,) = axes.plot(macs, top1, marker=".", label=f"width {width:g}")
        offset = (4, -11) if width >= 1 else (-9, 7)  # narrow ones lie above: their labels do too
        for row in rows:
            axes.annotate(
                str(row.input_px),
                (row.macs / 1e6, 100 * row.top1),
                xytext=offset,
                textcoords="offset points",
                fontsize=7,
                color=line.get_color(),
            )
    axes.set_title(f"MobileNetV2 on ImageNet as published, by input px\n({_SOURCE})", fontsize=10)
    axes.legend(fontsize=8, loc="lower right")
    _finish(axes, "MACs per picture, millions", "ImageNet top-1, %")


def _share_macs(paper: Any, ours: Any, files: Sequence[SweptFile]) -> None:
    """One axis of MACs for both, so that a column of one is a column of the other."""
    macs = [row.macs / 1e6 for row in _PUBLISHED] + [file.macs / 1e6 for file in files]
    for axes in (paper, ours):
        axes.set_xlim(min(macs) / 1.4, max(macs) * 1.4)


def _legend(figure: Any, files: Sequence[SweptFile]) -> None:
    from matplotlib.lines import Line2D

    entries = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=name) for name, colour in families(files).items()
    ]
    for recipe in sorted({file.recipe for file in files}):
        marker = _MARKERS.get(recipe, _OTHER_MARKER)
        entries.append(Line2D([], [], color="grey", marker=marker, linestyle="", label=recipe))
    entries.append(Line2D([], [], color="black", linewidth=1, label="front, chosen on validation"))
    figure.legend(handles=entries, fontsize=9, loc="outside lower center", ncols=len(entries))


def _latency_ms(file: SweptFile) -> float:
    assert file.frame_to_label is not None  # the caller leaves the others out
    return file.frame_to_label.median_s * 1e3
