"""A sustained run on one axis of time: latency, temperature and clock, one above the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure.sustained.findings import throttle_events
from benchmarks.measure.sustained.result import Reading, Sustained
from benchmarks.results.drawing import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE_SPREAD = 4.0  # medians of the files further apart than this need a logarithmic axis
_MINUTES_FROM_S = 180.0  # longer runs are shown in minutes


def plot_sustained(run: Sustained, path: Path) -> None:
    """Draw latency (median, and 90th percentile in pale), temperature and clock against time; throttling in red.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    figure, (latency, heat, clock) = plt.subplots(
        3, 1, sharex=True, figsize=(10, 8), height_ratios=(3, 1, 1), layout="constrained"
    )
    unit_s, unit = (60.0, "minutes") if run.length_s > _MINUTES_FROM_S else (1.0, "seconds")
    _draw_latency(run, latency, unit_s)
    _draw_reading(run, heat, unit_s, "°C", "temperature", lambda reading: reading.temperature_c)
    _draw_reading(run, clock, unit_s, "MHz", "clock", lambda reading: reading.clock_hz and reading.clock_hz / 1e6)
    for event in throttle_events(run):
        end_s = run.length_s if event.until_s is None else max(event.until_s, event.at_s + run.turn_s)
        for axes in (latency, heat, clock):
            axes.axvspan(event.at_s / unit_s, end_s / unit_s, color="red", alpha=0.15, linewidth=0)
    clock.set_xlabel(f"{unit} under load" + (", interrupted" if run.partial else ""))
    clock.set_xlim(0, run.length_s / unit_s)
    latency.set_title(f"{run.device}, {run.threads} threads", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_latency(run: Sustained, axes: Axes, unit_s: float) -> None:
    middles = []
    for place, file in enumerate(run.files):
        turns = [turn for turn in run.turns if turn.file == place]
        at = [(turn.at_s + run.turn_s / 2) / unit_s for turn in turns]
        medians_ms = [1e3 * turn.median_s for turn in turns]
        (line,) = axes.plot(at, medians_ms, "-", linewidth=1.2, label=Path(file.file).name)
        axes.plot(at, [1e3 * turn.p90_s for turn in turns], ".", color=line.get_color(), alpha=0.3, markersize=3)
        middles += medians_ms
    if max(middles) > _WIDE_SPREAD * min(middles):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_ylabel("frame→label, ms\n(line: median, dots: p90)")
    axes.legend(loc="best", fontsize=9)
    axes.grid(alpha=0.3)


def _draw_reading(
    run: Sustained, axes: Axes, unit_s: float, unit: str, what: str, read: Callable[[Reading], float | None]
) -> None:
    known = [(reading.at_s / unit_s, value) for reading in run.readings if (value := read(reading)) is not None]
    axes.set_ylabel(f"{what}, {unit}")
    axes.grid(alpha=0.3)
    if known:
        axes.plot([at for at, _ in known], [value for _, value in known], "-", color="black", linewidth=1.2)
    else:
        axes.set_yticks([])
        axes.text(
            0.5, 0.5, f"this machine does not tell its {what}", ha="center", va="center", transform=axes.transAxes
        )
