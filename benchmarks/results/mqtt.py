"""The result of `benchmarks experiment mqtt`: the live loop beside a broker that goes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from benchmarks.results.device import Device

HEAD = ("broker", "seconds", "frames (alone)", "dropped", "longest gap, ms", "longest in --mqtt, ms", "messages")

State = Literal["there", "gone", "back", "stalled"]


@dataclass(frozen=True)
class Phase:
    """The loop while the broker is in one state.

    Attributes:
        broker: `there`; `gone`: killed; `back`: started again; `stalled`: it listens and reads nothing.
        seconds: it lasted.
        frames: that were classified.
        dropped: frames of the camera that were not.
        longest_gap_s: between two frames.
        longest_consume_s: that the loop was in the sink with one frame.
        messages: about the label that reached a subscriber.
        frames_alone: that the same loop without a broker classified at the same time on the same machine.
        dropped_alone: frames of its camera that were not.
        longest_gap_alone_s: between two of its frames.
    """

    broker: State
    seconds: float
    frames: int
    dropped: int
    longest_gap_s: float
    longest_consume_s: float
    messages: int
    frames_alone: int
    dropped_alone: int
    longest_gap_alone_s: float


@dataclass(frozen=True)
class BrokerOutage:
    """A drawn camera through the live loop, and a broker on the same machine that is killed, started and stalled.

    Attributes:
        fps: of the camera.
        file: the model.
        broker: what it says it is.
        client: version of paho-mqtt.
        phases: in their order.
        right_s: from the moment when the broker listens again to the first message whose label is the one shown then.
        online_s: from that moment to `online`.
        last_status: after the end of the run.
    """

    KIND: ClassVar[str] = "mqtt"

    date: str
    device: Device
    fps: float
    file: str
    broker: str
    client: str
    phases: tuple[Phase, ...]
    right_s: float
    online_s: float
    last_status: str


def rows(result: BrokerOutage) -> Sequence[tuple[str, ...]]:
    """Return a row per phase."""
    return [
        (
            one.broker,
            f"{one.seconds:.0f}",
            f"{one.frames:,} ({one.frames_alone:,})",
            f"{one.dropped:,} ({one.dropped_alone:,})",
            f"{one.longest_gap_s * 1e3:.0f} ({one.longest_gap_alone_s * 1e3:.0f})",
            f"{one.longest_consume_s * 1e3:.1f}",
            f"{one.messages:,}",
        )
        for one in result.phases
    ]
