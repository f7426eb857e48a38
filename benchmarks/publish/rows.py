"""The rows of the documents: every measure whose result is there, with its value, its target and its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.publish.committed import Committed, Source
from benchmarks.publish.measures import ALL_MEASURES, Measure
from benchmarks.publish.quantity import Value
from edge_app.common.errors import ResultError
from edge_app.common.tables import text_table

GOALS_HEAD = ("what", "target", "measured", "verdict", "result")


@dataclass(frozen=True)
class Row:
    """One value of a measure."""

    measure: Measure
    found: Value
    file: str
    source: Source

    @property
    def measured(self) -> str:
        """The value with its interval."""
        found = self.found
        return "none" if found.value is None else self.measure.unit.text(found.value, found.low, found.high)

    @property
    def target(self) -> str:
        """As in `≥ 98.9 %`; empty: there is none."""
        target = self.measure.target
        return "" if target is None else target.text(self.measure.unit, self._limit)

    @property
    def is_missed(self) -> bool:
        """There is a target, and the value does not reach it."""
        target = self.measure.target
        return target is not None and not target.is_reached(self.found, self._limit)

    @property
    def _limit(self) -> float:
        target, limit = self.measure.target, self.found.limit
        limit = target.limit if target is not None and target.limit is not None else limit
        if limit is None:
            raise ValueError(f"`{self.measure.what}` has a target without a limit")
        return limit


def rows_of(measures: Iterable[Measure], results: Committed) -> list[Row]:
    """Return the rows of what is measured.

    Raises:
        ResultError: a result lacks what its row tells.
    """
    return [row for measure in measures for row in _rows(measure, results)]


def _rows(measure: Measure, results: Committed) -> Sequence[Row]:
    names = results.names(measure.file)
    with lacking_told(f"the row “{measure.what}” tells", names, results):
        rows = [
            Row(measure, found, name, results.source(name))
            for name in (names[-1:] if measure.pick == "last" else names)
            for found in measure.values(results.payload(name))
        ]
        for row in rows:  # what cannot be shown is told here, where the file is known
            _ = (row.measured, row.target, row.is_missed)
    return [max(rows, key=lambda row: row.found.rank)] if measure.pick == "best" and rows else rows


@contextmanager
def lacking_told(what: str, names: Sequence[str], results: Committed) -> Iterator[None]:
    """Turn a missing or malformed field of a payload into one sentence.

    Raises:
        ResultError: one is.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration, ArithmeticError) as error:
        raise ResultError(
            f"{', '.join(names)} in `{results.root}` lacks what {what} ({type(error).__name__}: {error}); "
            "measure again with this version, or take it away"
        ) from error


def run_goals(results: Committed, say: Callable[[str], None] = print) -> int:
    """Print every target with its verdict, and what was not measured.

    Raises:
        ResultError: a result lacks what its row tells.
    """
    measures = [measure for measure in ALL_MEASURES if measure.target is not None]
    rows = rows_of(measures, results)
    cells = [
        (row.measure.what, row.target, row.measured, "not reached" if row.is_missed else "reached", row.source.file)
        for row in rows
    ]
    say(text_table(GOALS_HEAD, cells))
    say(f"{sum(not row.is_missed for row in rows)} of {len(rows)} targets are reached")
    missing = [measure.what for measure in measures if measure not in {row.measure for row in rows}]
    if missing:
        say(f"not measured: {'; '.join(missing)}")
    return 0
