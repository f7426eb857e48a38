"""A comparison with peers on the terminal and in files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.experiments.peers.comparison import PeersComparison, Times, verdict
from benchmarks.experiments.peers.peer import LITERT_BENCHMARK
from benchmarks.results.envelope import write_result
from benchmarks.results.plots import pyplot, write_plot
from benchmarks.statistics.summary import TimeSummary, summarize
from edge_app.common.tables import text_table

_HEAD = (
    "",
    "bare run, ms (95 %)",
    "ours = 1",
    "frame→label, ms (95 %)",
    "ours = 1",
    "start to first label, s",
    "peak memory, MiB",
    "our label on",
    "max Δp",
)

_NONE = "–"
DIGITS = 9
"""Of the scores' differences, which are small."""


def show_and_write(comparison: PeersComparison, out: Path) -> None:
    """Print table, verdict and warnings; write the record, and a plot beside it.

    Raises:
        OutputError: the system refused to write.
    """
    write_result(out, comparison, comparison.derived(), DIGITS)
    print(comparison_table(comparison))
    if comparison.litert_ratios():
        print(verdict(comparison.litert_ratios()))
    for sentence in comparison.warnings():
        print(f"warning: {sentence}")
    if comparison.partial:
        print(f"interrupted: {len(comparison.rounds)} of {comparison.plan.rounds} rounds are kept and marked partial")
    plots = write_plot(out.with_suffix(".png"), lambda path: plot_comparison(comparison, path))
    print(f"result  {', '.join(map(str, (out, *plots)))}")


def comparison_table(comparison: PeersComparison) -> str:
    """Return a row per peer: medians of rounds, and their 95 % intervals over rounds."""
    return text_table(_HEAD, [_row(comparison, name) for name in comparison.peers])


def _row(comparison: PeersComparison, name: str) -> tuple[str, ...]:
    if name == LITERT_BENCHMARK:
        told = [one.litert_benchmark.median_s for one in comparison.rounds if one.litert_benchmark is not None]
        ratio = f"{1 / summarize(comparison.litert_ratios()).median_s:.2f}"
        return (name, _milliseconds(told), ratio, *[_NONE] * (len(_HEAD) - 3))
    visits = [one.visits[name] for one in comparison.rounds]
    agreement = comparison.peers[name]
    return (
        name,
        _milliseconds(comparison.medians(name, "bare_s")),
        _ratio(comparison, name, "bare_s"),
        _milliseconds(comparison.medians(name, "frame_to_label_s")),
        _ratio(comparison, name, "frame_to_label_s"),
        f"{summarize([visit.start_to_label_s for visit in visits]).median_s:.2f}",
        f"{max(visit.peak_memory_bytes for visit in visits) / 2**20:.0f}",
        _NONE if agreement.same_label is None else f"{agreement.same_label:.0%}",
        _NONE if agreement.largest_difference is None else f"{agreement.largest_difference:.6f}",
    )


def _milliseconds(medians_s: list[float]) -> str:
    return _with_interval(summarize([time_s * 1e3 for time_s in medians_s])) if medians_s else _NONE


def _with_interval(found: TimeSummary) -> str:
    return f"{found.median_s:.2f} ({found.low_s:.2f} to {found.high_s:.2f})"


def _ratio(comparison: PeersComparison, name: str, times: Times) -> str:
    ratios = comparison.ratios(name, times)
    return f"{summarize(ratios).median_s:.2f}" if ratios else _NONE


def plot_comparison(comparison: PeersComparison, path: Path) -> None:
    """Draw a point per round for the bare run and for frame→label, and bars for start and memory.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    names = [name for name in comparison.peers if name in comparison.rounds[0].visits][::-1]
    places = list(range(len(names)))
    figure, (times, start, memory) = plt.subplots(
        1, 3, figsize=(12, 1.8 + 0.5 * len(names)), sharey=True, layout="constrained", width_ratios=(2, 1, 1)
    )
    kinds: tuple[tuple[Times, str, str], ...] = (("bare_s", "bare run", "|"), ("frame_to_label_s", "frame→label", "o"))
    for kind, label, marker in kinds:
        points = [(1e3 * time_s, place) for place in places for time_s in comparison.medians(names[place], kind)]
        times.plot([x for x, _ in points], [y for _, y in points], marker, label=label, alpha=0.7, markersize=6)
    visits = [[one.visits[name] for one in comparison.rounds] for name in names]
    start.barh(
        places, [summarize([visit.start_to_label_s for visit in found]).median_s for found in visits], height=0.5
    )
    memory.barh(places, [max(visit.peak_memory_bytes for visit in found) / 2**20 for found in visits], height=0.5)
    times.set_yticks(places, names)
    times.set_xlim(left=0)
    times.legend()
    for axes, text in (
        (times, "median per round, ms"),
        (start, "start to first label, s"),
        (memory, "peak memory, MiB"),
    ):
        axes.set_xlabel(text)
        axes.grid(axis="x", alpha=0.3)
    title = f"{comparison.file}, {comparison.plan.threads} threads, {comparison.device.cpu}, {comparison.date[:10]}"
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)
