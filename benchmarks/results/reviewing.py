"""The result of `benchmarks experiment review`: how long the page of `fieldlens review` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from benchmarks.results.device import Device

HEAD = ("start", "program ready, s", "page ready, s", "a key, ms")


@dataclass(frozen=True)
class Opened:
    """One start of the program, and one page.

    Attributes:
        cached: whether an earlier start has looked at all frames.
        start_s: from the start of the program to the page's address.
        ready_s: from the address to the first frame and its buttons, in a browser that is running.
        keys_s: per key: until the page knows that the decision is on the disk.
    """

    cached: bool
    start_s: float
    ready_s: float
    keys_s: tuple[float, ...]


@dataclass(frozen=True)
class Reviewing:
    """The page on a folder of so many frames, in turns without and with what an earlier start has looked at."""

    KIND: ClassVar[str] = "review"

    date: str
    device: Device
    frames: int
    browser: str
    opened: tuple[Opened, ...]

    def of(self, cached: bool) -> list[Opened]:
        """Return the starts of one kind."""
        return [one for one in self.opened if one.cached == cached]


def rows(result: Reviewing) -> list[tuple[str, ...]]:
    """Return a row per kind of start: medians, and from the fastest to the slowest."""
    return [
        (
            "again" if cached else "for the first time",
            _spread([one.start_s for one in result.of(cached)], 1.0, 2),
            _spread([one.ready_s for one in result.of(cached)], 1.0, 2),
            _spread([key_s for one in result.of(cached) for key_s in one.keys_s], 1e3, 0),
        )
        for cached in (False, True)
    ]


def _spread(times_s: Sequence[float], factor: float, digits: int) -> str:
    middle, low, high = (f"{factor * one:.{digits}f}" for one in (median(times_s), min(times_s), max(times_s)))
    return f"{middle} ({low} to {high})"
