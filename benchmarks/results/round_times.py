"""What one fresh process measured: raw times, and how it became steady. Seconds only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Throughput:
    """Images one after the other without a pause, by interpreters that share the machine.

    Attributes:
        workers: interpreters, each in a thread of its own and with the file's number of CPU threads.
        images: that all of them labelled.
        duration_s: of it.
    """

    workers: int
    images: int
    duration_s: float

    @property
    def images_per_s(self) -> float:
        """Labelled in a second."""
        return self.images / self.duration_s


@dataclass(frozen=True)
class RoundTimes:
    """One file in one fresh process.

    The runs come in blocks, because the files take turns: `block_runs` runs of this file, then of another one.

    Attributes:
        frame_to_label_s: from a 640×480 BGR frame to the label, raw.
        invoke_s: of the bare interpreter, in turn with the above.
        prepare_s: of each frame→label, resizing and converting; empty: not kept.
        post_s: of each frame→label, reading and sorting the scores; empty: not kept.
        block_runs: in a block; 0: not known.
        load_s: from the file to a ready interpreter, in this process; None: not measured.
        first_invoke_s: of that interpreter; None: not measured.
        warm_up_runs: until the times were steady.
        warm_up_s: until then.
        settled: they became steady before the cap; None: not known.
        throughputs: apart from latency.
    """

    frame_to_label_s: tuple[float, ...]
    invoke_s: tuple[float, ...] = ()
    prepare_s: tuple[float, ...] = ()
    post_s: tuple[float, ...] = ()
    block_runs: int = 0
    load_s: float | None = None
    first_invoke_s: float | None = None
    warm_up_runs: int = 0
    warm_up_s: float = 0.0
    settled: bool | None = None
    throughputs: tuple[Throughput, ...] = ()

    def __post_init__(self) -> None:
        above_0 = (*self.frame_to_label_s, *self.invoke_s, *(one.duration_s for one in self.throughputs))
        not_below_0 = (*self.prepare_s, *self.post_s, self.load_s or 0.0, self.first_invoke_s or 0.0, self.warm_up_s)
        if not self.frame_to_label_s:
            raise ValueError("a round has no times")
        if not all(math.isfinite(time_s) and time_s > 0 for time_s in above_0):
            raise ValueError("a time is not above 0")
        if not all(math.isfinite(time_s) and time_s >= 0 for time_s in not_below_0):
            raise ValueError("a time is below 0")

    def blocks(self, what: str) -> list[tuple[float, ...]]:
        """Return the times of one kind by block.

        Args:
            what: `frame_to_label_s` or `invoke_s`.
        """
        times: tuple[float, ...] = getattr(self, what)
        size = self.block_runs or max(1, len(times))
        return [times[start : start + size] for start in range(0, len(times), size)]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> RoundTimes:
        """Read what `dataclasses.asdict` made.

        Raises:
            ValueError: a time is impossible; KeyError, TypeError: something is missing or more than known.
        """
        fields = dict(content)
        for name in ("frame_to_label_s", "invoke_s", "prepare_s", "post_s"):
            fields[name] = tuple(float(time_s) for time_s in fields[name])
        fields["throughputs"] = tuple(Throughput(**one) for one in fields.get("throughputs", ()))
        return cls(**fields)


@dataclass(frozen=True)
class RoundFacts:
    """One fresh process, apart from the files.

    Attributes:
        order: of the files when they were loaded, as places in the list of files.
        decode_s: from a 640×480 JPEG in memory to BGR, raw.
        yardstick_s: a fixed piece of work of the processor, raw: it shows whether the machine itself changed.
        other_cpu_s: processor time that others took while we measured; None: this system does not tell.
        available_cpu_s: that there was.
    """

    order: tuple[int, ...]
    decode_s: tuple[float, ...]
    yardstick_s: tuple[float, ...]
    other_cpu_s: float | None
    available_cpu_s: float

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> RoundFacts:
        """Read what `dataclasses.asdict` made."""
        fields = dict(content)
        fields["order"] = tuple(int(place) for place in fields["order"])
        for name in ("decode_s", "yardstick_s"):
            fields[name] = tuple(float(time_s) for time_s in fields[name])
        return cls(**fields)


@dataclass(frozen=True)
class Round:
    """One fresh process: its facts, and the times of every file in the order of the files."""

    facts: RoundFacts
    files: tuple[RoundTimes, ...]
