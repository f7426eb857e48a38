"""A sustained run as a table, a plot, and a sentence for everything a reader should know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure.sustained.findings import (
    Change,
    ThrottleEvent,
    changes,
    middle_in_windows,
    rankings,
    swaps,
    throttle_events,
    window_s,
)
from benchmarks.results.envelope import write_result
from benchmarks.results.plots import pyplot, write_plot
from benchmarks.results.sustained import Reading, Sustained
from benchmarks.results.validity import invalid_device
from edge_app.common.atomic_files import write_text
from edge_app.common.progress import human_time
from edge_app.common.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JSON_NAME = "sustained.json"

_HEAD = ("file", "runs", "first ms", "last ms", "last / first (95 %)", "independent turns", "verdict")
_FEW_INDEPENDENT = 12
_BACKGROUND_CORES = 0.25  # cores
_MOST_EVENTS = 10
_WIDE_SPREAD = 4.0  # medians of the files further apart than this need a logarithmic axis
_MINUTES_FROM_S = 180.0  # longer runs are shown in minutes


def show_and_write(run: Sustained, folder: Path) -> None:
    """Print the table and the sentences; write `sustained.json`, `sustained.md` and `sustained.png`.

    Raises:
        OutputError: the system refused to write.
    """
    text = sustained_text(run)
    print(text)
    reasons = invalid_device(run.device)
    write_result(folder / JSON_NAME, run, {"valid": not reasons, "invalid_reasons": reasons})
    write_text(folder / "sustained.md", text + "\n")
    plots = write_plot(folder / "sustained.png", lambda path: plot_sustained(run, path))
    print(f"results  {', '.join(map(str, (folder / JSON_NAME, folder / 'sustained.md', *plots)))}")


def sustained_text(run: Sustained) -> str:
    """Return the report as Markdown."""
    head, table, sentences = sustained_report(run)
    return f"{head}\n\n{table}\n\n" + "\n".join(f"- {sentence}" for sentence in sentences)


def sustained_report(run: Sustained) -> tuple[str, Table, list[str]]:
    """Return what was run, a row per file, and what else there is to say."""
    found = changes(run)
    head = f"{run.device}, {run.threads} threads, {run.date}, {human_time(run.length_s)} under load"
    if run.partial:
        head += f", partial: {human_time(run.asked_s)} were asked for"
    return head, _table(run, found), list(_sentences(run, found))


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
    invalid = "INVALID, see the table: " if invalid_device(run.device) else ""
    latency.set_title(f"{invalid}{run.device}, {run.threads} threads", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _table(run: Sustained, found: Sequence[Change]) -> Table:
    runs = [sum(turn.runs for turn in run.turns if turn.file == place) for place in range(len(run.files))]
    return Table(
        _HEAD,
        [
            (
                _name(run, change.file),
                f"{runs[change.file]:,}",
                f"{change.first_s * 1e3:.2f}",
                f"{change.last_s * 1e3:.2f}",
                "" if change.ratio is None else change.ratio.text(3),
                f"{change.independent:.0f}",
                change.verdict,
            )
            for change in found
        ],
    )


def _sentences(run: Sustained, found: Sequence[Change]) -> Iterator[str]:
    yield from (f"INVALID: {reason}" for reason in invalid_device(run.device))
    length_s = window_s(run)
    yield (
        f"First and last are the first and the last {human_time(length_s)}; ms are medians of the turns' medians, from "
        "a 640×480 frame to the label. Successive turns are correlated, so the intervals come from a block bootstrap; "
        "they describe this run, and another day may differ by more."
    )
    yield from _about_files(run, found)
    yield from _about_ranking(run, found)
    yield from _about_throttling(run)
    yield from _about_board(run)


def _about_files(run: Sustained, found: Sequence[Change]) -> Iterator[str]:
    missing = [_name(run, place) for place in range(len(run.files)) if place not in {one.file for one in found}]
    if missing:
        yield f"{', '.join(missing)}: no turn in the first or the last window; run longer"
    short = [change for change in found if change.ratio is None]
    few = [change for change in found if change.ratio is not None and change.independent < _FEW_INDEPENDENT]
    if short:
        yield f"{_names(run, short)}: too few turns for an interval; run longer, or fewer files at once"
    if few:
        yield (
            f"{_names(run, few)}: the turns of a window count as fewer than {_FEW_INDEPENDENT} independent ones, so "
            "the interval is too narrow; the speed drifted within the window"
        )


def _about_ranking(run: Sustained, found: Sequence[Change]) -> Iterator[str]:
    if len(found) < 2:
        return
    first, last = (" < ".join(_name(run, place) for place in order) for order in rankings(found))
    changed = swaps(run, found)
    certain = [swap for swap in changed if swap.certain]
    for swap in certain:
        ahead, behind = _name(run, swap.ahead), _name(run, swap.behind)
        yield f"The ranking changed: {ahead} was faster at first, {behind} is faster at the end"
    if certain:
        return
    if changed:
        yield f"The order changed from {first} to {last}, but that may be chance: the files are too close"
    else:
        yield f"The ranking did not change: {first} (fastest first)"


def _about_throttling(run: Sustained) -> Iterator[str]:
    events = throttle_events(run)
    for event in events[:_MOST_EVENTS]:
        yield f"{_when(event)}: {event.what}"
    if len(events) > _MOST_EVENTS:
        yield f"… and {len(events) - _MOST_EVENTS:,} more events; all readings are in {JSON_NAME}"
    reports = any(reading.throttled is not None or reading.throttle_count is not None for reading in run.readings)
    if not events and reports:
        yield "The board reported no throttling"
    if not reports:
        yield "This machine does not report whether it throttles"


def _when(event: ThrottleEvent) -> str:
    if event.until_s is None:
        return f"From {human_time(event.at_s)} to the end"
    if event.until_s == event.at_s:
        return f"At {human_time(event.at_s)}"
    return f"From {human_time(event.at_s)} to {human_time(event.until_s)}"


def _about_board(run: Sustained) -> Iterator[str]:
    yield _first_to_last(run, "Temperature", lambda reading: reading.temperature_c, lambda value: f"{value:.1f} °C")
    yield _first_to_last(run, "Clock", lambda reading: reading.clock_hz, lambda value: f"{value / 1e6:,.0f} MHz")
    others = middle_in_windows(run, lambda reading: reading.other_cores)
    if others is not None and max(others) > _BACKGROUND_CORES:
        yield (
            f"warning: other programs kept {others[0]:.1f} cores busy at first and {others[1]:.1f} at the end, of "
            f"{run.device.cores}: a change may be theirs; close them and measure again"
        )


def _first_to_last(
    run: Sustained, what: str, read: Callable[[Reading], float | None], show: Callable[[float], str]
) -> str:
    middle = middle_in_windows(run, read)
    values = [value for reading in run.readings if (value := read(reading)) is not None]
    if middle is None:
        return f"{what}: this machine does not report it"
    return (
        f"{what}: {show(middle[0])} at first, {show(middle[1])} at the end, {show(min(values))} to {show(max(values))}"
    )


def _name(run: Sustained, place: int) -> str:
    return Path(run.files[place].file).name


def _names(run: Sustained, found: Sequence[Change]) -> str:
    return ", ".join(_name(run, change.file) for change in found)


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
            0.5, 0.5, f"this machine does not report its {what}", ha="center", va="center", transform=axes.transAxes
        )
