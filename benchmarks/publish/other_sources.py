"""The column “other source” of the tables of models: accuracy on photographs of a source that no training knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.committed import Committed
from benchmarks.results.envelope import read_result
from benchmarks.results.other_source import FileElsewhere, OtherSource
from benchmarks.results.seeds import Seeds
from edge_app.common.tables import Table
from edge_app.metrics.accuracy import MeasuredAccuracy

HEADING = "other source (95 %)"
NOT_MEASURED = "not measured"

_SAME = 1e-6  # accuracies are rounded to seven digits in results


class OtherSources:
    """Finds what was measured of a file on another source.

    Args:
        results: whose files of kind `other-source` and `seeds` count, beside those of an even half, with which one
            chooses; of a file that several measured, the latest of the first kind.
    """

    def __init__(self, results: Committed) -> None:
        read = [read_result(results.root / name, OtherSource) for name in results.of_kind(OtherSource.KIND)]
        reports = sorted((one for one in read if one.half != "even"), key=lambda one: one.date, reverse=True)
        several = [read_result(results.root / name, Seeds) for name in results.of_kind(Seeds.KIND)]
        self._files = [file for one in reports for file in one.files]
        self._files += [one.elsewhere for result in several if result.half != "even" for one in result.files]

    def cell(self, name: str, own: MeasuredAccuracy | None, sha256: str = "") -> str:
        """Return the accuracy with its interval and the number of photographs, or that nobody measured.

        Args:
            name: of the file, without its folder.
            own: accuracy on its own test split: a card that was written anew changes the file's hash, not this number.
            sha256: of the file; empty: unknown.
        """
        for file in self._files:
            if file.sha256 == sha256 or (file.name == name and _is_same(file, own)):
                found = file.judgement.accuracy
                return f"{found} of {found.photographs:,}, {found.data}"
        return NOT_MEASURED


def _is_same(file: FileElsewhere, own: MeasuredAccuracy | None) -> bool:
    known = file.own_source
    if own is None or known is None:
        return False
    return own.photographs == known.photographs and abs(own.top1 - known.top1) < _SAME


def accuracy_of(found: Mapping[str, Any] | None) -> MeasuredAccuracy | None:
    """Return the accuracy that a conversion recorded; None: it recorded none."""
    return None if found is None else MeasuredAccuracy(**found)


def with_column(table: Table, after: str, cells: Sequence[str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the head and the rows of a table with the column behind another one.

    Args:
        table: a row per file.
        after: heading of the column before.
        cells: of each row.
    """
    place = list(table.head).index(after) + 1
    rows = [(*row[:place], cell, *row[place:]) for row, cell in zip(table.rows, cells, strict=True)]
    return (*table.head[:place], HEADING, *table.head[place:]), rows
