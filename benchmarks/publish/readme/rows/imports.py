"""Row of the import of the device half."""

from __future__ import annotations

import statistics

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import IMPORT
from benchmarks.publish.readme.row import Row, judged

FILE = "imports.json"


def imports_row(results: Committed) -> tuple[Row, ...]:
    """Judge the median; tell what was imported that a device does not have."""
    processes = results.read(FILE)["processes"]
    times_s = [one["import_s"] for one in processes]
    foreign = sorted({name for one in processes for name in one["foreign"]})
    remark = f"range of {len(times_s)}; {processes[0]['modules']} modules; " + (
        f"needs {', '.join(foreign)}" if foreign else "no TensorFlow, train or convert among what was imported"
    )
    interval = (min(times_s), max(times_s))
    return (judged(IMPORT, statistics.median(times_s), results.source(FILE), interval=interval, remark=remark),)
