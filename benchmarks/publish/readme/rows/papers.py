"""Rows of the papers of the course: what was asked, and the sentences that their rules made of the numbers."""

from __future__ import annotations

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.row import Row, finding

PATTERN = "papers/*.json"


def papers_rows(results: Committed) -> tuple[Row, ...]:
    """Tell the findings of every paper."""
    rows = []
    for name in results.names(PATTERN):
        content = results.read(name)
        if "findings" in content:
            what = f"{content['question']} ({content['reference']})"
            sentences = " ".join(one["sentence"] for one in content["findings"])
            rows.append(finding(what, sentences, results.source(name)))
    return tuple(rows)
