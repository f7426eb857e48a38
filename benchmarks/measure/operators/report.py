"""The operators of a file: tables, a plot, and every reason not to trust the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results.envelope import write_result
from benchmarks.results.operators import OperatorProfile, OperatorTimes
from benchmarks.results.plots import pyplot, write_plot
from benchmarks.results.validity import invalid_device
from edge_app.common.atomic_files import write_text
from edge_app.common.tables import Table

_WANTED_GAP = 0.15
_NAME_CHARACTERS = 36
_NAMES_SHOWN = 3
_LAYERS_SHOWN = 15
_IN_XNNPACK, _OUTSIDE = "#3b76af", "#e08b3c"


@dataclass(frozen=True)
class TypeTotal:
    """All operators of one kind: their number, how many XNNPACK computes, their time and their MACs."""

    kind: str
    count: int
    delegated: int
    time_s: float
    macs: int


def by_type(profile: OperatorProfile) -> list[TypeTotal]:
    """Return a total per kind of operator, the slowest first."""
    kinds = dict.fromkeys(one.kind for one in profile.operators)
    totals = [_total(kind, [one for one in profile.operators if one.kind == kind], profile) for kind in kinds]
    return sorted(totals, key=lambda total: total.time_s, reverse=True)


def short_name(operator: OperatorTimes) -> str:
    """Return the end of the first of the names that the converter joined into one."""
    name = operator.name.split(";")[0]
    return name if len(name) <= _NAME_CHARACTERS else "…" + name[1 - _NAME_CHARACTERS :]


def show_and_write(profile: OperatorProfile, folder: Path) -> None:
    """Print the report; write `operators.json`, `operators.md` and, with matplotlib, `operators.png`.

    Raises:
        OutputError: the system refused to write.
    """
    report = operator_report(profile)
    print(report)
    reasons = invalid_device(profile.device)
    derived = {
        "valid": not reasons,
        "invalid_reasons": reasons,
        "sum_s": profile.sum_s,
        "ratio": profile.ratio,
        "fast_ratio": profile.fast_ratio,
        "warnings": operator_warnings(profile),
        "time_s": [profile.time_s(one) for one in profile.operators],
    }
    write_result(folder / "operators.json", profile, derived)
    write_text(folder / "operators.md", report + "\n")
    plots = write_plot(folder / "operators.png", lambda path: plot_operators(profile, path))
    print(f"results  {', '.join(map(str, (folder / 'operators.json', folder / 'operators.md', *plots)))}")


def operator_report(profile: OperatorProfile) -> str:
    """Return what a reader needs, as Markdown: the method, both tables, the sum beside the whole, and every warning."""
    passes = f"{len(profile.invoke_s):,} passes in {profile.rounds} rounds of fresh interpreters, one process"
    runtime = "XNNPACK where the runtime wants it" if profile.xnnpack else "without XNNPACK"
    lines = [
        f"{profile.file}: {profile.device}, {profile.threads} threads, {runtime}; {passes}",
        f"method: {profile.method}",
    ]
    if profile.joined:
        lines.append(f"{profile.joined} operators that unpack weights are run with those that use them, and not listed")
    lines += ["", str(type_table(profile)), "", str(layer_table(profile)), "", sum_sentence(profile)]
    return "\n".join([*lines, *warning_lines(profile)])


def sum_sentence(profile: OperatorProfile) -> str:
    """Return the sum of all operators beside the whole, medians."""
    whole_s = median(profile.invoke_s)
    sentence = (
        f"sum of the operators {_ms(profile.sum_s)} ms, whole run {_ms(whole_s)} ms: {profile.ratio:.1%}; "
        f"an empty run, taken off each operator, is {median(profile.empty_s) * 1e6:.1f} µs"
    )
    if abs(profile.ratio - 1) <= _WANTED_GAP:
        return sentence
    gap = f"; {_ms(abs(whole_s - profile.sum_s))} ms of the whole are not explained by them"
    return sentence + (gap if profile.ratio < 1 else "; the whole is faster than its operators one by one")


def warning_lines(profile: OperatorProfile) -> list[str]:
    """Return a line per reason for which the times are invalid, then one per warning."""
    invalid = [f"INVALID: {sentence}" for sentence in invalid_device(profile.device)]
    return invalid + [f"warning: {sentence}" for sentence in operator_warnings(profile)]


def operator_warnings(profile: OperatorProfile) -> list[str]:
    """Return a sentence per reason not to trust the numbers."""
    found = []
    if profile.interrupted:
        found.append(f"ended early by Ctrl-C after {len(profile.invoke_s):,} passes")
    if abs(profile.ratio - 1) > _WANTED_GAP:
        found.append(_why_gap(profile))
    if not profile.same_scores:
        found.append("cut into operators the network gives other scores than whole: it is not computed the same way")
    otherwise = [short_name(one) for one in profile.operators if one.delegated != one.delegated_alone]
    if otherwise:
        more = f" and {len(otherwise) - _NAMES_SHOWN} more" if len(otherwise) > _NAMES_SHOWN else ""
        found.append(
            f"XNNPACK computes {', '.join(otherwise[:_NAMES_SHOWN])}{more} in only one of the two, the whole and the "
            "operator alone: their times are not those in the whole"
        )
    return found


def _why_gap(profile: OperatorProfile) -> str:
    if abs(profile.fast_ratio - 1) <= _WANTED_GAP:
        return (
            f"the fastest 5 % of the runs add up ({profile.fast_ratio:.1%}), so the machine was busy (load "
            f"{profile.device.load:.1f} on {profile.device.cores} cores): what interrupts a long run spares the short "
            "ones; measure again when it is idle"
        )
    return (
        "the operators one by one do not add up to the whole, not even the fastest runs "
        f"({profile.fast_ratio:.1%}): the runtime joins operators, or caches and threads serve the two differently; "
        "trust the shares no further than that, and try --threads 1"
    )


def plot_operators(profile: OperatorProfile, path: Path) -> None:
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
    invalid = "INVALID, see the table: " if invalid_device(profile.device) else ""
    head = f"{invalid}{profile.file}: {profile.device}, {profile.threads} threads"
    figure.suptitle(f"{head}\n{sum_sentence(profile)}", fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _total(kind: str, operators: Sequence[OperatorTimes], profile: OperatorProfile) -> TypeTotal:
    return TypeTotal(
        kind,
        len(operators),
        sum(one.delegated for one in operators),
        sum(map(profile.time_s, operators)),
        sum(one.macs or 0 for one in operators),
    )


def type_table(profile: OperatorProfile) -> Table:
    """Return a row per kind of operator, the slowest first, and one for all of them."""
    rows = [_type_row(total, profile.sum_s) for total in by_type(profile)]
    everything = _total("all", profile.operators, profile)
    head = ("type", "operators", "in XNNPACK", "million MACs", "ms", "share", "GMAC/s")
    return Table(head, [*rows, _type_row(everything, profile.sum_s)])


def _type_row(total: TypeTotal, sum_s: float) -> tuple[str, ...]:
    numbers = _numbers(total.macs, total.time_s, sum_s)
    return (total.kind, str(total.count), str(total.delegated), *numbers)


def layer_table(profile: OperatorProfile) -> Table:
    """Return a row per operator, in the order in which they are run."""
    head = ("layer", "type", "name of its output", "shape", "million MACs", "ms", "share", "GMAC/s", "in XNNPACK")
    rows = []
    for number, one in enumerate(profile.operators, 1):
        shape = "×".join(str(length) for length in one.shape)
        numbers = _numbers(one.macs, profile.time_s(one), profile.sum_s)
        rows.append((str(number), one.kind, short_name(one), shape, *numbers, "yes" if one.delegated else "no"))
    return Table(head, rows)


def _numbers(macs: int | None, time_s: float, sum_s: float) -> tuple[str, str, str, str]:
    """Return millions of MACs, milliseconds, share and speed."""
    speed = f"{macs / time_s / 1e9:.1f}" if macs and time_s > 0 else ""
    share = f"{time_s / sum_s:.1%}" if sum_s > 0 else ""
    return f"{macs / 1e6:.2f}" if macs else "", _ms(time_s), share, speed


def _ms(time_s: float) -> str:
    return f"{time_s * 1e3:.3f}"


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
