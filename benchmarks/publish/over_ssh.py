"""From what `benchmarks experiment remote` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value


def first_deploy(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the slowest first deploy."""
    times_s = payload["first_deploys_s"]
    return [Value(max(times_s), note=f"slowest of {len(times_s)}, packages from a warm index")]


def second_deploy(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the slowest deploy that changed nothing."""
    times_s = payload["second_deploys_s"]
    return [Value(max(times_s), note=f"slowest of {len(times_s)}")]


def lost(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return how many boards' results did not come home, or with other answers."""
    boards = payload["boards"]
    wrong = sum(not (one["home"] and one["same_answers"]) for one in boards)
    return [Value(float(wrong), note=f"of {len(boards)} boards, {sum(one['cut'] for one in boards)} cut")]


def told_apart(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return how many boards' latencies differ from those here beyond the noise; None: an invalid run tells nothing."""
    boards = payload["boards"]
    ratios = [f"{one['ratio']:.3f}" for one in boards if one["ratio"] is not None]
    note = f"as a share of those here: {', '.join(ratios)}"
    if payload["invalid"]:
        return [Value(None, note=f"{note}; {payload['invalid'][0]}")]
    return [Value(float(sum(one["verdict"] not in ("cannot tell", "") for one in boards)), note=note)]
