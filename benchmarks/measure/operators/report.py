"""The operators of a file, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.measure.operators.times import METHOD, ROUNDS, OperatorProfile, OperatorTimes
from benchmarks.results.device import Device
from benchmarks.results.result import rounded
from edge_app.common.tables import text_table
from edge_app.photographs.splits import sha256_of

SCHEMA_VERSION = 1

_WANTED_GAP = 0.15
_NAME_CHARACTERS = 36
_NAMES_SHOWN = 3


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


def operator_report(profile: OperatorProfile, device: Device) -> str:
    """Return what a reader needs, as Markdown: the method, both tables, the sum beside the whole, and every doubt."""
    passes = f"{len(profile.invoke_s):,} passes in {ROUNDS} rounds of fresh interpreters, one process"
    runtime = "XNNPACK where the runtime wants it" if profile.xnnpack else "without XNNPACK"
    lines = [f"{profile.file}: {device}, {profile.threads} threads, {runtime}; {passes}", f"method: {METHOD}"]
    if profile.joined:
        lines.append(f"{profile.joined} operators that unpack weights are run with those that use them, and not listed")
    lines += ["", _type_table(profile), "", _layer_table(profile), "", sum_sentence(profile)]
    return "\n".join([*lines, *(f"doubt: {sentence}" for sentence in operator_doubts(profile, device))])


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


def operator_doubts(profile: OperatorProfile, device: Device) -> list[str]:
    """Return a sentence per reason not to trust the numbers."""
    found = []
    if profile.interrupted:
        found.append(f"ended early by Ctrl-C after {len(profile.invoke_s):,} passes")
    if abs(profile.ratio - 1) > _WANTED_GAP:
        found.append(_why_gap(profile, device))
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


def _why_gap(profile: OperatorProfile, device: Device) -> str:
    if abs(profile.fast_ratio - 1) <= _WANTED_GAP:
        return (
            f"the fastest 5 % of the runs add up ({profile.fast_ratio:.1%}), so the machine was busy (load "
            f"{device.load:.1f} on {device.cores} cores): what interrupts a long run spares the short ones; measure "
            "again when it is idle"
        )
    return (
        "the operators one by one do not add up to the whole, not even the fastest runs "
        f"({profile.fast_ratio:.1%}): the runtime joins operators, or caches and threads serve the two differently; "
        "trust the shares no further than that, and try --threads 1"
    )


def operator_json(profile: OperatorProfile, device: Device, model: Path) -> str:
    """Return every raw time."""
    content = model.read_bytes()
    layers = [{**asdict(one), "time_s": profile.time_s(one)} for one in profile.operators]
    record = {
        "schema_version": SCHEMA_VERSION,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": asdict(device),
        "method": METHOD,
        "rounds": ROUNDS,
        "sha256": sha256_of(content),
        "size_bytes": len(content),
        **{**asdict(profile), "operators": layers},
        "sum_s": profile.sum_s,
        "ratio": profile.ratio,
        "fast_ratio": profile.fast_ratio,
        "doubts": operator_doubts(profile, device),
    }
    return json.dumps(rounded(record), ensure_ascii=False) + "\n"  # a line: 20,000 raw times are for no reader


def _total(kind: str, operators: Sequence[OperatorTimes], profile: OperatorProfile) -> TypeTotal:
    return TypeTotal(
        kind,
        len(operators),
        sum(one.delegated for one in operators),
        sum(map(profile.time_s, operators)),
        sum(one.macs or 0 for one in operators),
    )


def _type_table(profile: OperatorProfile) -> str:
    rows = [_type_row(total, profile.sum_s) for total in by_type(profile)]
    everything = _total("all", profile.operators, profile)
    head = ("type", "operators", "in XNNPACK", "million MACs", "ms", "share", "GMAC/s")
    return text_table(head, [*rows, _type_row(everything, profile.sum_s)])


def _type_row(total: TypeTotal, sum_s: float) -> tuple[str, ...]:
    numbers = _numbers(total.macs, total.time_s, sum_s)
    return (total.kind, str(total.count), str(total.delegated), *numbers)


def _layer_table(profile: OperatorProfile) -> str:
    head = ("layer", "type", "name of its output", "shape", "million MACs", "ms", "share", "GMAC/s", "in XNNPACK")
    rows = []
    for number, one in enumerate(profile.operators, 1):
        shape = "×".join(str(length) for length in one.shape)
        numbers = _numbers(one.macs, profile.time_s(one), profile.sum_s)
        rows.append((str(number), one.kind, short_name(one), shape, *numbers, "yes" if one.delegated else "no"))
    return text_table(head, rows)


def _numbers(macs: int | None, time_s: float, sum_s: float) -> tuple[str, str, str, str]:
    """Return millions of MACs, milliseconds, share and speed."""
    speed = f"{macs / time_s / 1e9:.1f}" if macs and time_s > 0 else ""
    share = f"{time_s / sum_s:.1%}" if sum_s > 0 else ""
    return f"{macs / 1e6:.2f}" if macs else "", _ms(time_s), share, speed


def _ms(time_s: float) -> str:
    return f"{time_s * 1e3:.3f}"
