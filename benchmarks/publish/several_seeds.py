"""From what `benchmarks experiment seeds` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.publish.quantity import PERCENT, POINTS, Value
from benchmarks.publish.values import Payload, ValuesOf
from benchmarks.results.seeds import FLOAT, Source


def accuracy(where: Source, conversion: str = FLOAT) -> ValuesOf:
    """Return the median accuracy of the new recipe over its seeds, with their range."""

    def values(payload: Payload) -> Sequence[Value]:
        new = payload["files"][0]["recipe"]
        found = _first(payload["accuracies"], recipe=new, conversion=conversion, where=where)
        seeds = found["seeds"]
        note = f"range of {len(seeds)} seeds; {_photographs(payload, where):,} photographs, {_named(payload, where)}"
        return [Value(median(seeds), min(seeds), max(seeds), note)]

    return values


def against_old(payload: Payload) -> Sequence[Value]:
    """Return by how much the new recipe is more often right than the old one, paired, over the seeds."""
    if not payload["new_against_old"]:
        return []
    found = _first(payload["new_against_old"], conversion=FLOAT, where="own source")
    old = payload["files"][-1]["recipe"]
    note = f"against {old}, {found['verdict']}; {found['groups']:,} photographs (near copies as one)"
    return [Value(found["difference"], found["low"], found["high"], note)]


def int8_mean(payload: Payload) -> Sequence[Value]:
    """Return the change of accuracy by int8, paired, over the seeds of the new recipe."""
    change = _int8(payload)
    paired, each = change["paired"], ", ".join(POINTS.text(one) for one in change["differences"])
    return [
        Value(
            paired["difference"],
            paired["low"],
            paired["high"],
            f"each: {each}; {paired['groups']:,} photographs (near copies as one)",
        )
    ]


def int8_lowest(payload: Payload) -> Sequence[Value]:
    """Return the change of accuracy by int8 of the seed where it is lowest."""
    differences = _int8(payload)["differences"]
    return [Value(min(differences), note=f"lowest of {len(differences)} seeds")]


def int8_log_loss(payload: Payload) -> Sequence[Value]:
    """Return by which share int8 makes the mean log loss over the seeds larger."""
    change = _int8(payload)
    increases = change["log_loss_increases"]
    low, high = PERCENT.text(min(increases)), PERCENT.text(max(increases))
    return [Value(change["log_loss_increase"], note=f"of the means over {len(increases)} seeds; each: {low} to {high}")]


def _int8(payload: Payload) -> Mapping[str, Any]:
    return _first(payload["int8_against_float32"], recipe=payload["files"][0]["recipe"], where="own source")


def _first(found: Sequence[Mapping[str, Any]], **keys: str) -> Mapping[str, Any]:
    return next(one for one in found if all(one[key] == value for key, value in keys.items()))


def _judgement(payload: Payload, where: Source) -> Mapping[str, Any]:
    first = payload["files"][0]
    judged: Mapping[str, Any] = first["own"] if where == "own source" else first["elsewhere"]["judgement"]
    return judged


def _photographs(payload: Payload, where: Source) -> int:
    return int(_judgement(payload, where)["photographs"])


def _named(payload: Payload, where: Source) -> str:
    return str(_judgement(payload, where)["data"])
