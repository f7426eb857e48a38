"""Rows of the comparison with other runtimes: medians of rounds, a ratio per round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import MEDIAPIPE_SPEED, PEER_BARE
from benchmarks.publish.readme.row import Row, finding, judged
from benchmarks.publish.readme.units import TIMES
from benchmarks.statistics.summary import summarize

PATTERN = "peers*.json"
_AT_THREADS = 2  # that the goal against MediaPipe is asked for
_MEDIAPIPE, _LITERT = "mediapipe", "litert-benchmark"


def peers_rows(results: Committed) -> tuple[Row, ...]:
    """Judge ours against MediaPipe and litert-benchmark; tell every peer."""
    return tuple(row for name in results.names(PATTERN) for row in _rows_of(name, results))


def _rows_of(name: str, results: Committed) -> tuple[Row, ...]:
    content, source = results.read(name), results.source(name)
    ratios = content["ratios"]
    facts = f"`{content['file']}`, {content['plan']['threads']} thread(s), {len(content['rounds'])} rounds"
    rows = []
    for peer, found in ratios.items():
        if peer.endswith(_LITERT) and found["bare_s"]:
            bare = summarize(found["bare_s"])
            remark = f"{bare.median_s:.3f} × theirs ({bare.low_s:.3f} to {bare.high_s:.3f}); {facts}"
            rows.append(judged(PEER_BARE, abs(bare.median_s - 1.0), source, remark=remark))
        elif peer == _MEDIAPIPE and found["frame_to_label_s"] and content["plan"]["threads"] == _AT_THREADS:
            whole = summarize(found["frame_to_label_s"])
            rows.append(
                judged(MEDIAPIPE_SPEED, whole.median_s, source, interval=(whole.low_s, whole.high_s), remark=facts)
            )
    told = "; ".join(_told(name, found) for name, found in ratios.items() if not name.endswith(_LITERT))
    return (*rows, finding(f"time of other runtimes, ours is 1, {facts}", told, source))


def _told(name: str, found: Mapping[str, Any]) -> str:
    kinds = (("bare run", found["bare_s"]), ("frame→label", found["frame_to_label_s"]))
    return f"{name}: {', '.join(f'{kind} {_ratio(values)}' for kind, values in kinds if values)}"


def _ratio(values: Sequence[float]) -> str:
    ratio = summarize(values)  # percentiles do not care for units
    return TIMES.text(ratio.median_s, ratio.low_s, ratio.high_s)
