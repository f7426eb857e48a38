"""From what `benchmarks experiment teach` measured to the values that the documents show."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value

Payload = Mapping[str, Any]


def accuracy(payload: Payload) -> Sequence[Value]:
    """Return the mean accuracy on the third sitting, in each light, with the range of the draws."""
    found = []
    for light in payload["lights"]:
        shares = [draw["ours"]["accuracy"] for draw in payload["draws"] if draw["light"] == light["light"]]
        found.append(
            Value(light["accuracy"], min(shares), max(shares), f"{light['light']}; mean and range of {_draws(light)}")
        )
    return found


def difference(payload: Payload) -> Sequence[Value]:
    """Return ours minus the best peer's accuracy, in each light."""
    return [
        Value(
            light["difference"], light["low"], light["high"], f"{light['light']}; best of three: {light['best_peer']}"
        )
        for light in payload["lights"]
    ]


def contained(payload: Payload) -> Sequence[Value]:
    """Return how often the stated interval contains the accuracy on the third sitting, in each light."""
    return [
        Value(
            light["contained"],
            note=f"{light['light']}, {_draws(light)}; stated {100 * light['stated']:.1f} % on average, "
            f"true {100 * light['accuracy']:.1f} %, the interval {100 * light['width']:.0f} points wide",
        )
        for light in payload["lights"]
    ]


def of_file(payload: Payload) -> Sequence[Value]:
    """Return the largest difference between the file's and the head's accuracy."""
    return [Value(max(light["file_difference"] for light in payload["lights"]), note="largest of all draws")]


def refit(payload: Payload) -> Sequence[Value]:
    """Return the median time of a head, from the features to the bytes of the file."""
    times_s, cpu_s = payload["refit_s"], statistics.median(payload["refit_cpu_s"])
    note = f"{payload['refit_frames']} frames, median of {len(times_s)}, {cpu_s:.2f} s of the processors"
    return [Value(statistics.median(times_s), min(times_s), max(times_s), note)]


def _draws(light: Mapping[str, Any]) -> str:
    return f"{light['draws']} draws"
