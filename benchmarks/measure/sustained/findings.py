"""What a sustained run comes to: the first minute against the last, the ranking of the files, and throttling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

import numpy as np

from benchmarks.results.sustained import Reading, Sustained
from benchmarks.statistics.block_bootstrap import Series, independent_values, ratio_of_medians
from benchmarks.statistics.estimates import Estimate
from edge_app.model.board import throttle_reasons

WINDOW_S = 60.0
"""The first and the last minute; a run shorter than three minutes has its first and last third."""

FEWEST_TURNS = 5
"""Of a file on either side; fewer are no basis for an interval."""


@dataclass(frozen=True)
class Change:
    """One file at the start and at the end.

    Attributes:
        file: its place among the files.
        first_s: middle of the turns' medians in the first window.
        last_s: of the last one.
        ratio: last / first with its interval; None: too few turns.
        independent: as how many independent turns the window with fewer of them counts.
    """

    file: int
    first_s: float
    last_s: float
    ratio: Estimate | None
    independent: float

    @property
    def verdict(self) -> str:
        """Say in words what the interval allows."""
        if self.ratio is None:
            return "too short"
        return _in_words(self.ratio, ("slower", "faster"))


@dataclass(frozen=True)
class Swap:
    """Two files whose order is another one at the end.

    Attributes:
        ahead: the file that was faster at first.
        behind: the file that is faster at the end.
        certain: neither order can be chance: both intervals leave out 1.
    """

    ahead: int
    behind: int
    certain: bool


@dataclass(frozen=True)
class ThrottleEvent:
    """What the board reported about its clock; until None: it lasted to the end, or that is not known."""

    at_s: float
    until_s: float | None
    what: str


def window_s(run: Sustained) -> float:
    """Return the length of the first and of the last window, seconds."""
    return min(WINDOW_S, run.length_s / 3)


def changes(run: Sustained) -> list[Change]:
    """Return one per file that has turns in both windows, in the order of the files."""
    found = []
    for file in range(len(run.files)):
        first, last = (_medians(run, file, inside) for inside in _windows(run))
        if len(first) and len(last):
            enough = min(len(first), len(last)) >= FEWEST_TURNS
            ratio = ratio_of_medians(first, last) if enough else None
            independent = min(independent_values(first), independent_values(last))
            found.append(Change(file, float(np.median(first)), float(np.median(last)), ratio, independent))
    return found


def rankings(found: Sequence[Change]) -> tuple[list[int], list[int]]:
    """Return the files from the fastest to the slowest, in the first and in the last window."""
    by_first = sorted(found, key=lambda change: change.first_s)
    by_last = sorted(found, key=lambda change: change.last_s)
    return [change.file for change in by_first], [change.file for change in by_last]


def swaps(run: Sustained, found: Sequence[Change]) -> list[Swap]:
    """Return the pairs of files whose order changed from the first window to the last."""
    swapped = []
    for one, two in combinations(found, 2):
        ahead, behind = (one, two) if one.first_s < two.first_s else (two, one)
        if ahead.last_s > behind.last_s:
            swapped.append(Swap(ahead.file, behind.file, _certain(run, ahead.file, behind.file)))
    return swapped


def throttle_events(run: Sustained) -> list[ThrottleEvent]:
    """Return what the board reported of a lowered clock or weak power, in the order of time."""
    return sorted((*_events_of_bits(run.readings), *_events_of_count(run.readings)), key=lambda event: event.at_s)


def middle_in_windows(run: Sustained, what: Callable[[Reading], float | None]) -> tuple[float, float] | None:
    """Return the median of a reading in the first and in the last window; None: it was never read in one."""
    values = [
        [value for reading in run.readings if inside(reading.at_s) and (value := what(reading)) is not None]
        for inside in _windows(run)
    ]
    return (median(values[0]), median(values[1])) if values[0] and values[1] else None


def _windows(run: Sustained) -> tuple[Callable[[float], bool], Callable[[float], bool]]:
    length_s, end_s = window_s(run), run.length_s
    return (lambda at_s: at_s < length_s), (lambda at_s: at_s >= end_s - length_s)


def _medians(run: Sustained, file: int, inside: Callable[[float], bool]) -> Series:
    return np.array([turn.median_s for turn in run.turns if turn.file == file and inside(turn.at_s)])


def _certain(run: Sustained, ahead: int, behind: int) -> bool:
    """Both windows must have enough turns, and an interval of behind / ahead on its own side of 1."""
    sides = [(_medians(run, ahead, inside), _medians(run, behind, inside)) for inside in _windows(run)]
    if min(len(series) for side in sides for series in side) < FEWEST_TURNS:
        return False
    first, last = (ratio_of_medians(*side) for side in sides)
    return first.low > 1.0 and last.high < 1.0


def _in_words(ratio: Estimate, words: tuple[str, str]) -> str:
    if ratio.low > 1.0:
        return words[0]
    return words[1] if ratio.high < 1.0 else "cannot tell"


def _events_of_bits(readings: Sequence[Reading]) -> Iterator[ThrottleEvent]:
    """A reason that is set begins an event; one that only has been set since the last reading was one in between."""
    reported = [(reading.at_s, *throttle_reasons(reading.throttled)) for reading in readings if reading.throttled]
    since = dict.fromkeys(reported[0][1], reported[0][0]) if reported else {}
    for (_, now, before), (at_s, now_next, before_next) in pairwise(reported):
        for reason in set(now) - set(now_next):
            yield ThrottleEvent(since.pop(reason), at_s, reason)
        for reason in set(before_next) - set(now) - set(before):
            yield ThrottleEvent(at_s, at_s, f"{reason} (between two readings)")
        since.update(dict.fromkeys(set(now_next) - set(now), at_s))
    for reason, at_s in since.items():
        yield ThrottleEvent(at_s, None, reason)


def _events_of_count(readings: Sequence[Reading]) -> Iterator[ThrottleEvent]:
    for before, after in pairwise(readings):
        if before.throttle_count is not None and after.throttle_count is not None:
            times = after.throttle_count - before.throttle_count
            if times > 0:
                yield ThrottleEvent(after.at_s, after.at_s, f"the CPU throttled for heat {times:,} times")
