"""From what `benchmarks experiment review` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.publish.quantity import Value


def ready(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return how long the page takes to be ready: the first time, and again."""
    return [_value(payload, cached, "ready_s") for cached in (False, True)]


def key(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return how long it takes until what a key says is on the disk."""
    times_s = [key_s for one in payload["opened"] for key_s in one["keys_s"]]
    return [Value(median(times_s), min(times_s), max(times_s), f"range of {len(times_s)}, the browser's work included")]


def _value(payload: Mapping[str, Any], cached: bool, name: str) -> Value:
    times_s = [one[name] for one in payload["opened"] if one["cached"] == cached]
    kind = "after an earlier start has looked at all" if cached else "of which none was looked at before"
    note = f"{payload['frames']:,} frames of 640×480, {kind}; range of {len(times_s)}, {payload['browser']}"
    return Value(median(times_s), min(times_s), max(times_s), note)
