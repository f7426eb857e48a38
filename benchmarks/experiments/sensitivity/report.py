"""What `compare` sees, as a table, as JSON and as a plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.experiments.sensitivity.experiment import QUESTIONS, Sensitivity, invocation_shift, share_of
from benchmarks.results.plots import pyplot
from benchmarks.statistics.comparison import CANNOT_TELL, FASTER, INVOCATION_SHIFT, SLOWER, Comparison
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy

_HEAD = ("what", "faster", "cannot tell", "slower", "right (95 % interval)", "wanted", "smallest visible, median")
_COLOURS = {FASTER: "tab:blue", CANNOT_TELL: "tab:gray", SLOWER: "tab:red"}


def sensitivity_table(found: Sensitivity) -> str:
    """Return a row per question, and what separate runs differ by, as Markdown."""
    rows = []
    for what, judge, right, wanted in QUESTIONS:
        verdicts = judge(found.repetitions)
        if not verdicts:
            continue
        counts = [str(share_of(verdicts, verdict)[0]) for verdict in (FASTER, CANNOT_TELL, SLOWER)]
        share = MeasuredAccuracy.from_counts(*share_of(verdicts, right), what)  # Wilson's interval of a share
        smallest = statistics.median(one.smallest for one in verdicts)
        rows.append((what, *counts, str(share), f"{wanted:.0%} {right}", f"{smallest:.1%}"))
    return f"{text_table(_HEAD, rows)}\n\n" + "\n".join(facts(found))


def facts(found: Sensitivity) -> list[str]:
    """Return sentences about the runs themselves."""
    options, done = found.options, len(found.repetitions)
    shares = [one.other_share for one in found.repetitions if one.other_share is not None]
    told = [
        f"{found.model}, {options.threads} threads, {found.device}: {done} of {options.repetitions} repetitions of "
        f"{options.rounds} rounds, {options.seconds:g} s of each file in a round, delay {options.delay:.0%}, "
        f"seed {options.seed}"
    ]
    if shares:
        told.append(
            f"other programs used {statistics.median(shares):.1%} of the processor (median), {max(shares):.1%} at most"
        )
    if done > 1:
        told.append(
            f"separate runs shift by {invocation_shift(found.repetitions):.1%} (standard deviation beyond what rounds "
            f"explain); `compare` allows for {INVOCATION_SHIFT:.1%}"
        )
    if found.partial:
        told.append("partial: interrupted; go on with --resume")
    return told


def derived(found: Sensitivity) -> dict[str, Any]:
    """Return what follows from the repetitions, for readers of the JSON."""
    questions = {}
    for what, judge, right, wanted in QUESTIONS:
        verdicts = judge(found.repetitions)
        if verdicts:
            share = MeasuredAccuracy.from_counts(*share_of(verdicts, right), what)
            questions[what] = {
                **{verdict: share_of(verdicts, verdict)[0] for verdict in (FASTER, CANNOT_TELL, SLOWER)},
                "right": right,
                "share": share.top1,
                "low": share.low,
                "high": share.high,
                "wanted": wanted,
                "smallest_visible_median": statistics.median(one.smallest for one in verdicts),
            }
    shift = invocation_shift(found.repetitions) if len(found.repetitions) > 1 else None
    return {"partial": found.partial, "questions": questions, "invocation_shift": shift}


def plot_sensitivity(found: Sensitivity, path: Path) -> None:
    """Draw every interval, coloured by its verdict, sorted by its ratio.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    figure, panels = plt.subplots(1, len(QUESTIONS), figsize=(12, 4.5), layout="constrained")
    for axes, (what, judge, right, wanted) in zip(panels, QUESTIONS, strict=True):
        verdicts = judge(found.repetitions)
        _draw(axes, sorted(verdicts, key=lambda one: one.ratio))
        count, total = share_of(verdicts, right)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_title(f"{what}\n{right}: {count} of {total} (wanted {wanted:.0%})", fontsize=10)
        axes.set_xlabel("difference, %, with its 99 % interval")
        axes.set_yticks([])
    panels[1].axvline(100 * found.options.delay, color="black", linestyle=":", linewidth=0.8)
    figure.suptitle(f"{found.model}, {found.device}", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw(axes: Any, verdicts: Sequence[Comparison]) -> None:
    for place, one in enumerate(verdicts):
        colour = _COLOURS[one.verdict]
        if math.isfinite(one.high):
            axes.plot([100 * (one.low - 1), 100 * (one.high - 1)], [place, place], color=colour, linewidth=1)
        axes.plot([100 * (one.ratio - 1)], [place], ".", color=colour, markersize=4)
