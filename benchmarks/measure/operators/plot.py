"""Where the time of a file goes: a bar per type of operator, and per slow layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure.operators.report import by_type, short_name, sum_sentence
from benchmarks.measure.operators.times import OperatorProfile
from benchmarks.results.device import Device
from benchmarks.results.drawing import pyplot

_LAYERS_SHOWN = 15
_IN_XNNPACK, _OUTSIDE = "#3b76af", "#e08b3c"


def plot_operators(profile: OperatorProfile, device: Device, path: Path) -> None:
    """Draw the time per type and of the slowest layers.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    plt = pyplot()
    totals = by_type(profile)
    slowest = sorted(enumerate(profile.operators, 1), key=lambda item: -profile.time_s(item[1]))[:_LAYERS_SHOWN]
    height = 1.9 + 0.3 * max(len(totals), len(slowest))
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, height), width_ratios=(2, 3), layout="constrained")
    inside = [sum(map(profile.time_s, _of(profile, total.kind, True))) for total in totals]
    outside = [sum(map(profile.time_s, _of(profile, total.kind, False))) for total in totals]
    _bars(left, [f"{total.kind} ({total.count})" for total in totals], inside, outside)
    left.set_title("by type (number of operators)", fontsize=10)
    names = [f"{number} {one.kind} {short_name(one)}" for number, one in slowest]
    times_s = [profile.time_s(one) for _, one in slowest]
    handed = [one.delegated for _, one in slowest]
    _bars(
        right,
        names,
        [time_s if one else 0.0 for time_s, one in zip(times_s, handed, strict=True)],
        [0.0 if one else time_s for time_s, one in zip(times_s, handed, strict=True)],
    )
    right.set_title(f"the {len(slowest)} slowest of {len(profile.operators)} layers", fontsize=10)
    right.legend(loc="lower right")
    head = f"{profile.file}: {device}, {profile.threads} threads"
    figure.suptitle(f"{head}\n{sum_sentence(profile)}", fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _of(profile: OperatorProfile, kind: str, delegated: bool) -> list[Any]:
    return [one for one in profile.operators if one.kind == kind and one.delegated == delegated]


def _bars(axes: Any, names: Sequence[str], inside_s: Sequence[float], outside_s: Sequence[float]) -> None:
    places = range(len(names), 0, -1)
    inside_ms, outside_ms = ([1e3 * time_s for time_s in times_s] for times_s in (inside_s, outside_s))
    axes.barh(places, inside_ms, color=_IN_XNNPACK, label="in XNNPACK")
    bars = axes.barh(places, outside_ms, left=inside_ms, color=_OUTSIDE, label="outside")
    totals_ms = [one + other for one, other in zip(inside_ms, outside_ms, strict=True)]
    axes.bar_label(bars, [f"{time_ms:.3f}" for time_ms in totals_ms], padding=3, fontsize=8)
    axes.set_yticks(list(places), names, fontsize=8)
    axes.set_xlim(0, 1.15 * max(*totals_ms, 1e-6))
    axes.set_xlabel("ms")
    axes.grid(axis="x", alpha=0.3)
