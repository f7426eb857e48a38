"""One row: what was asked, what was measured, on which machine and when."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.publish.readme.committed import Source
from benchmarks.publish.readme.goals import Goal

GOALS_HEAD = ("what", "asked", "measured", "verdict", "raw result, machine, date")
FINDINGS_HEAD = ("what", "measured", "raw result, machine, date")


@dataclass(frozen=True)
class Row:
    """One measured thing.

    Attributes:
        what: was measured.
        measured: the number, its interval and what else has to be known, in words.
        source: of the number.
        goal: that it is judged by; None: nothing was asked.
        value: that is judged, in the goal's own measure; None: nothing could be found that might be judged.
    """

    what: str
    measured: str
    source: Source
    goal: Goal | None = None
    value: float | None = None

    @property
    def verdict(self) -> str:
        """`reached` or `not reached`; empty where nothing was asked."""
        return "" if self.goal is None else self.goal.verdict(self.value)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of `GOALS_HEAD` or, where nothing was asked, of `FINDINGS_HEAD`."""
        if self.goal is None:
            return (self.what, self.measured, str(self.source))
        return (self.what, self.goal.asked, self.measured, self.verdict, str(self.source))


def judged(
    goal: Goal,
    value: float,
    source: Source,
    *,
    interval: tuple[float, float] | None = None,
    remark: str = "",
    of_interval: bool = False,
) -> Row:
    """Return the row of a number that was asked for.

    Args:
        goal: what was asked.
        value: measured, in the goal's own measure.
        source: of the number.
        interval: low and high end.
        remark: what else has to be known.
        of_interval: the end that is worse is judged, and not the value.
    """
    low, high = interval or (None, None)
    text = goal.unit.text(value, low, high)
    worse = low if goal.at == "least" else high
    decides = worse if of_interval and worse is not None else value
    return Row(goal.what, f"{text}; {remark}" if remark else text, source, goal, decides)


def finding(what: str, measured: str, source: Source) -> Row:
    """Return the row of something that no goal was set for."""
    return Row(what, measured, source)
