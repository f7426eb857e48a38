"""Rows of per-operator profiles: whether the operators add up to the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.workstation.readme.committed import Committed, Source
from benchmarks.workstation.readme.goals import OPERATOR_GAP
from benchmarks.workstation.readme.row import Row, judged

PATTERNS = ("operators*.json", "operators*/operators.json")


def operators_rows(results: Committed) -> tuple[Row, ...]:
    """Judge how far the sum of the operators is from the bare run, for every profile."""
    names = [name for pattern in PATTERNS for name in results.names(pattern)]
    return tuple(_row(results.read(name), results.source(name)) for name in names)


def _row(content: Mapping[str, Any], source: Source) -> Row:
    remark = (
        f"`{content['file']}`, {len(content['operators'])} operators, together {content['ratio']:.3f} of the bare run, "
        f"{content['threads']} thread(s); {content['method']}"
    )
    return judged(OPERATOR_GAP, abs(content["ratio"] - 1.0), source, remark=remark)
