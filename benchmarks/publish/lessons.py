"""From what `benchmarks experiment teach` and `teach-live` measured to the values that the documents show."""

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


def unlabelled(payload: Payload) -> Sequence[Value]:
    """Return the share of live labels that each way of recording costs, the turn without it as 0."""
    found = []
    for cost in payload["costs"]:
        lost = [1.0 - share for share in cost["labelled"]]
        found.append(Value(statistics.median(lost), min(lost), max(lost), f"{cost['way']}; {_rounds(payload, cost)}"))
    return found


def slower(payload: Payload) -> Sequence[Value]:
    """Return how much longer each way of recording makes the time from frame to label, the turn without it as 1."""
    return [
        Value(statistics.median(times), min(times), max(times), f"{cost['way']}; {_rounds(payload, cost)}")
        for cost in payload["costs"]
        for times in [cost["frame_to_label"]]
    ]


def until_labels(payload: Payload) -> Sequence[Value]:
    """Return the time from nothing to own labels."""
    hands_s = statistics.median(one["hands_s"] for one in payload["starts"])
    note = f"{_starts(payload)}, of which {hands_s:.0f} s to fetch things and hold them up"
    return [_spread([one["total_s"] for one in payload["starts"]], note)]


def machine(payload: Payload) -> Sequence[Value]:
    """Return the machine's share of it."""
    return [_spread(payload["machine_s"], _starts(payload))]


def _spread(times_s: Sequence[float], note: str) -> Value:
    return Value(statistics.median(times_s), min(times_s), max(times_s), note)


def _rounds(payload: Payload, cost: Mapping[str, Any]) -> str:
    return f"{payload['fps']:.0f} fps; median and range of rounds, {len(cost['labelled'])} in all"


def _starts(payload: Payload) -> str:
    beside = "beside TensorFlow" if payload["tensorflow"] else "no TensorFlow installed"
    return f"{', '.join(payload['labels'])}; {beside}; median and range of {len(payload['starts'])}"


def _draws(light: Mapping[str, Any]) -> str:
    return f"{light['draws']} draws"
