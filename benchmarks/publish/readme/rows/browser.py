"""Rows of the browser: our TF.js graph against the official one, and integers against floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import LITERT_JS, TFJS_DIFFERENCE, TFJS_TIME
from benchmarks.publish.readme.row import Row, judged

TFJS = "tfjs.json"
BROWSER = "browser.json"


def tfjs_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the upper end of the ratio of times, and the largest difference."""
    content, source = results.read(TFJS), results.source(TFJS)
    ratio, engine = content["ratio"], content["tfjs"]
    remark = f"TF.js {engine['version']}, {engine['backend']}, {len(content['loads'])} page loads"
    interval = (ratio["low"], ratio["high"])
    return (
        judged(TFJS_TIME, ratio["value"], source, interval=interval, remark=remark, of_interval=True),
        judged(TFJS_DIFFERENCE, content["max_abs_difference"], source),
    )


def browser_row(results: Committed) -> tuple[Row, ...]:
    """Judge each way in which the page is served, with one thread and with more."""
    content, source = results.read(BROWSER), results.source(BROWSER)
    return tuple(
        judged(LITERT_JS, one["value"], source, interval=(one["low"], one["high"]), remark=_remark(how, one))
        for how, one in content["faster"].items()
    )


def _remark(how: str, ratio: Mapping[str, Any]) -> str:
    """The threads of each runtime, which may differ; results of schema version 1 do not know them."""
    threads = [f"{runtime} {count}" for runtime, count in ratio.get("threads", {}).items()]
    return f"{how}; threads: {', '.join(threads)}" if threads else how
