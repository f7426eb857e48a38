"""Rows of what the comparison of two files can see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.publish.readme.committed import Committed, Source
from benchmarks.publish.readme.goals import SENSITIVITY_SAME, SENSITIVITY_SEPARATE, SENSITIVITY_SLOWER, Goal
from benchmarks.publish.readme.row import Row, judged

FILE = "sensitivity.json"
_GOALS = (SENSITIVITY_SAME, SENSITIVITY_SLOWER, SENSITIVITY_SEPARATE)
"""In the order of the questions."""


def sensitivity_rows(results: Committed) -> tuple[Row, ...]:
    """Judge how often every question was answered rightly."""
    content, source = results.read(FILE), results.source(FILE)
    questions = zip(_GOALS, content["questions"].items(), strict=False)
    return tuple(_row(goal, what, found, source) for goal, (what, found) in questions)


def _row(goal: Goal, what: str, found: Mapping[str, Any], source: Source) -> Row:
    counts = ", ".join(f"{verdict} {found[verdict]}" for verdict in ("faster", "cannot tell", "slower"))
    smallest = found["smallest_visible_median"]
    visible = f"{100 * smallest:.1f} %" if smallest < 1 else "above 100 %"
    remark = f"{what}: {counts}; smallest visible {visible}"
    return judged(goal, found["share"], source, interval=(found["low"], found["high"]), remark=remark)
