"""The row of the input pipeline."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import PIPELINE
from benchmarks.publish.readme.row import Row, judged

FILE = "input_pipeline.json"


def pipeline_row(results: Committed) -> tuple[Row, ...]:
    """Judge the ratio to the peer as it comes; tell the others."""
    content = results.read(FILE)
    first, *others = content["ratios"]
    rates = [f"{_images_per_s(content, name):,.0f}" for name in ("FieldLens", first["against"])]
    remark = f"{' against '.join(rates)} images/s at {content['options']['side']} px"
    for other in others:
        remark += f"; {other['median']:.2f} × ({other['low']:.2f} to {other['high']:.2f}) against {other['against']}"
    interval = (first["low"], first["high"])
    return (judged(PIPELINE, first["median"], results.source(FILE), interval=interval, remark=remark),)


def _images_per_s(content: dict[str, Any], contender: str) -> float:
    """Return the median over turns."""
    turns = [turn for turn in content["turns"] if turn["contender"] == contender]
    return float(statistics.median(turn["images"] / turn["duration_s"] for turn in turns))
