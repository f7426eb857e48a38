"""The row of the course's recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import COURSE
from benchmarks.publish.readme.row import Row, judged

FILE = "training/course.json"


def course_row(results: Committed) -> tuple[Row, ...]:
    """Judge the ratio of wall times; tell where both end, and when they pass the accuracy that was set."""
    content = results.read(FILE)
    curves = content["curves"]
    times = " against ".join(f"{curve['duration_s']:,.0f} s" for curve in curves)
    ends = " and ".join(f"{100 * curve['points'][-1]['accuracy']:.2f} %" for curve in curves)
    passed = " and ".join(_first_at(curve["points"], content["goal"]) for curve in curves)
    remark = f"{times}; they end at {ends} and pass {100 * content['goal']:g} % after {passed}"
    return (judged(COURSE, content["ratio"], results.source(FILE), remark=remark),)


def _first_at(points: Sequence[Mapping[str, Any]], goal: float) -> str:
    times_s = [point["time_s"] for point in points if point["accuracy"] >= goal]
    return f"{times_s[0]:,.0f} s" if times_s else "never"
