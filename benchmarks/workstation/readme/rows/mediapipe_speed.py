"""The row of our way from a frame to a label against MediaPipe's."""

from __future__ import annotations

from benchmarks.statistics import summarize
from benchmarks.workstation.readme.committed import Committed
from benchmarks.workstation.readme.goals import MEDIAPIPE_SPEED
from benchmarks.workstation.readme.row import Row, judged

FILE = "peers_latency.json"


def mediapipe_speed_row(results: Committed) -> tuple[Row, ...]:
    """Judge the median ratio over pairs of neighbouring blocks."""
    content = results.read(FILE)
    ratios = summarize(content["ratios_of_block_medians"])
    remark = f"`{content['file']}`, {content['plan']['threads']} threads, {ratios.count} pairs of blocks"
    interval = (ratios.low_s, ratios.high_s)  # percentiles do not care for units: these are ratios
    return (judged(MEDIAPIPE_SPEED, ratios.median_s, results.source(FILE), interval=interval, remark=remark),)
