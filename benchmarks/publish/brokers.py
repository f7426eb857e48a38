"""From what `benchmarks experiment mqtt` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value

_AWAY = {"gone": "killed", "stalled": "stalled"}


def frames(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the frames classified while the broker was away, or stood still, over those of the loop without one."""
    return [
        Value(phase["frames"] / phase["frames_alone"], note=f"{_AWAY[phase['broker']]} for {_told(phase)}")
        for phase in payload["phases"]
        if phase["broker"] in _AWAY
    ]


def _told(phase: Mapping[str, Any]) -> str:
    return (
        f"{phase['seconds']:.0f} s: {phase['frames']:,} frames, {phase['dropped']:,} dropped (without a broker "
        f"{phase['frames_alone']:,} and {phase['dropped_alone']:,}); longest in `--mqtt` "
        f"{phase['longest_consume_s'] * 1e3:.1f} ms"
    )


def right_again(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return how long after the broker's return its label was the one that was shown."""
    return [Value(payload["right_s"], note=f"{payload['broker']}, paho-mqtt {payload['client']}")]
