"""Records of a sustained run: turns of the files and readings of the board on one axis of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device


@dataclass(frozen=True)
class LoadedFile:
    """A file that took turns."""

    file: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Turn:
    """One file, run back to back for about a second.

    Attributes:
        file: its place among the files.
        at_s: when the turn began, since the start of the run.
        runs: from a 640×480 BGR frame to the label.
        median_s: of these runs.
        p90_s: of these runs.
        sampled_s: raw times of a few of them, evenly spread over the turn.
    """

    file: int
    at_s: float
    runs: int
    median_s: float
    p90_s: float
    sampled_s: tuple[float, ...]

    def __post_init__(self) -> None:
        times = (self.median_s, self.p90_s, *self.sampled_s)
        if self.file < 0 or self.runs < 1 or not (math.isfinite(self.at_s) and self.at_s >= 0):
            raise ValueError("a turn has no file, no runs or no time")
        if not all(math.isfinite(time_s) and time_s > 0 for time_s in times):
            raise ValueError("a time of a turn is not above 0")


@dataclass(frozen=True)
class Reading:
    """The board between two turns; None: this machine does not report it.

    Attributes:
        at_s: since the start of the run.
        temperature_c: hottest sensor, °C.
        clock_hz: fastest core.
        throttled: bits of `vcgencmd get_throttled`, as in `0x50000`; None also where they were not read this time.
        throttle_count: how often an x86 CPU has throttled since the last boot.
        other_cores: cores that were busy with other programs since the last reading, on average.
    """

    at_s: float
    temperature_c: float | None
    clock_hz: float | None
    throttled: str | None
    throttle_count: int | None
    other_cores: float | None

    def __post_init__(self) -> None:
        if self.throttled is not None:
            int(self.throttled, 16)

    def in_short(self) -> str:
        """Say temperature and clock, as far as they are known."""
        parts = (
            "" if self.temperature_c is None else f"{self.temperature_c:.0f} °C",
            "" if self.clock_hz is None else f"{self.clock_hz / 1e6:,.0f} MHz",
        )
        return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class Sustained:
    """Files under load for a long time on one device.

    Attributes:
        date: of the start.
        device: before the start.
        threads: CPU threads.
        asked_s: how long it should take.
        turn_s: length of a turn.
        partial: it was interrupted before that.
        files: that took turns.
        turns: in the order of time.
        readings: in the order of time; the first one is from before the first turn.
    """

    KIND: ClassVar[str] = "sustained"

    date: str
    device: Device
    threads: int
    asked_s: float
    turn_s: float
    partial: bool
    files: tuple[LoadedFile, ...]
    turns: tuple[Turn, ...]
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        if not self.files or not self.turns or not self.readings:
            raise ValueError("a sustained run needs files, turns and readings")
        if max(turn.file for turn in self.turns) >= len(self.files):
            raise ValueError("a turn belongs to none of the files")

    @property
    def length_s(self) -> float:
        """How long it took."""
        return self.turns[-1].at_s + self.turn_s
