"""Rows of per-operator profiles: whether the operators add up to the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.publish.readme.committed import Committed, Source
from benchmarks.publish.readme.goals import MACS, OPERATOR_GAP
from benchmarks.publish.readme.row import Row, judged

PATTERNS = ("operators*.json", "operators/*/operators.json")


MACS_FILE = "operators/soup-int8/operators.json"
PAPER_MACS = 300e6
"""Of MobileNetV2 1.0 at 224 px: Sandler et al., CVPR 2018 (arXiv:1801.04381), table 4."""


def operators_rows(results: Committed) -> tuple[Row, ...]:
    """Judge how far the sum of the operators is from the bare run, for every profile."""
    names = [name for pattern in PATTERNS for name in results.names(pattern)]
    return tuple(_row(results.read(name), results.source(name)) for name in names)


def macs_row(results: Committed) -> tuple[Row, ...]:
    """Judge the count of MobileNetV2's multiply-accumulates against its paper."""
    content = results.read(MACS_FILE)
    macs = sum(one["macs"] or 0 for one in content["operators"])
    remark = f"{macs / 1e6:.1f} million counted in `{content['file']}`, which has 2 classes"
    return (judged(MACS, abs(macs / PAPER_MACS - 1.0), results.source(MACS_FILE), remark=remark),)


def _row(content: Mapping[str, Any], source: Source) -> Row:
    remark = (
        f"`{content['file']}`, {len(content['operators'])} operators, together {content['ratio']:.3f} of the bare run, "
        f"{content['threads']} thread(s); {content['method']}"
    )
    return judged(OPERATOR_GAP, abs(content["ratio"] - 1.0), source, remark=remark)
