"""The plot of `benchmarks experiment few`: accuracy, both differences to the peers, and coverage, by size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.results.few import COVERAGE_GOAL, Difference, FewPhotographs, Metric, coverages, differences
from benchmarks.results.plots import pyplot

_COLOURS = ("tab:orange", "tab:green", "tab:red")  # of the peers
_APART = 1.06  # places of peers beside each other on a logarithmic axis


def plot_few(result: FewPhotographs, path: Path) -> None:
    """Draw a result.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    figure, ((shares, gained), (covered, saved)) = plt.subplots(2, 2, figsize=(11, 7.6), layout="constrained")
    compared = differences(result)
    sizes = sorted({one.per_class for one in compared})
    _draw_accuracies(shares, compared, sizes)
    _draw_differences(gained, compared, "accuracy", 100.0)
    gained.set_ylabel("ours − scikit-learn's: accuracy, points")
    _draw_differences(saved, compared, "log_loss", 1.0)
    saved.set_ylabel("ours − scikit-learn's: log loss, nats")
    _draw_coverage(covered, result)
    for axes in (shares, gained, covered, saved):
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("photographs per class")
        axes.grid(alpha=0.3)
    figure.suptitle(f"{', '.join(result.labels)}: heads from few photographs, judged on all others", fontsize=11)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _peers(compared: list[Difference]) -> dict[str, str]:
    """Return a colour per peer."""
    return dict(zip(dict.fromkeys(one.peer for one in compared), _COLOURS, strict=False))


def _draw_accuracies(axes: Any, compared: list[Difference], sizes: list[int]) -> None:
    accuracies = [one for one in compared if one.metric == "accuracy"]
    ours = {one.per_class: one.ours for one in accuracies}
    axes.plot(sizes, [100.0 * ours[size] for size in sizes], "o-", color="tab:blue", label="FieldLens", zorder=3)
    for peer, colour in _peers(compared).items():
        theirs = {one.per_class: one.peers for one in accuracies if one.peer == peer}
        axes.plot(sizes, [100.0 * theirs[size] for size in sizes], "s--", color=colour, label=peer, markersize=4)
    axes.set_ylabel(f"accuracy, % (mean of {accuracies[0].draws} draws)")
    axes.legend(fontsize=8)


def _draw_differences(axes: Any, compared: list[Difference], metric: Metric, factor: float) -> None:
    """Draw means with their intervals; the scale follows the smaller ones, and larger ones leave the plot."""
    axes.axhline(0.0, color="black", linewidth=0.8)
    for place, (peer, colour) in enumerate(_peers(compared).items()):
        found = [one for one in compared if one.metric == metric and one.peer == peer]
        axes.errorbar(
            [one.per_class * _APART ** (place - 1) for one in found],
            [factor * one.value for one in found],
            yerr=[
                [factor * (one.value - one.low) for one in found],
                [factor * (one.high - one.value) for one in found],
            ],
            fmt="o",
            color=colour,
            label=peer,
            capsize=3,
        )
    axes.legend(fontsize=8)


def _draw_coverage(axes: Any, result: FewPhotographs) -> None:
    found = coverages(result)
    sizes = [one.per_class for one in found]
    axes.axhline(100.0 * COVERAGE_GOAL, color="black", linewidth=0.8, linestyle=":")
    axes.errorbar(
        sizes,
        [100.0 * one.share for one in found],
        yerr=[[100.0 * (one.share - one.low) for one in found], [100.0 * (one.high - one.share) for one in found]],
        fmt="o-",
        color="tab:blue",
        label="the judge's noise taken into account",
        capsize=3,
    )
    axes.plot(sizes, [100.0 * one.raw for one in found], "x--", color="grey", label="as judged")
    axes.set_ylim(top=101.0)
    axes.set_ylabel(f"stated intervals that hold, % of {found[0].draws} draws")
    axes.legend(fontsize=8)
