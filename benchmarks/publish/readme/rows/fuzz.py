"""Rows of damaged files."""

from __future__ import annotations

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import FUZZ_CRASHES, FUZZ_MUTATIONS
from benchmarks.publish.readme.row import Row, judged

FILE = "fuzz.json"
_FAULTS = ("raw text", "traceback", "app crashed", "app hung")


def fuzz_rows(results: Committed) -> tuple[Row, ...]:
    """Judge how many files were tried, and how many the app did not stand."""
    content, source = results.read(FILE), results.source(FILE)
    totals = content["totals"]
    told = (
        f"of {len(content['files'])} models; {totals['told']:,} refused in a sentence, {totals['works']:,} still run, "
        f"{totals['told: crash'] + totals['told: hang']:,} crash or hang the runtime in the trial and are told"
    )
    return (
        judged(FUZZ_MUTATIONS, sum(totals.values()), source, remark=told),
        judged(FUZZ_CRASHES, sum(totals[fault] for fault in _FAULTS), source),
    )
