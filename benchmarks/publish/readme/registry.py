"""Which rows there are, in their order. A new row is a function from results to rows, and its name in `ROWS`."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.publish.readme.committed import Committed, NotMeasuredError
from benchmarks.publish.readme.row import Row
from benchmarks.publish.readme.rows import (
    arm64,
    browser,
    conversion,
    course,
    fuzz,
    imports,
    live,
    mediapipe,
    neither,
    operators,
    papers,
    peers,
    pipeline,
    sensitivity,
    soak,
    start,
    sweep,
    training,
)
from edge_app.common.errors import ResultError

Rows = Callable[[Committed], tuple[Row, ...]]

ROWS: tuple[Rows, ...] = (
    training.MOBILENET_V2_ROW,
    training.SOUP_ROW,
    training.CUSTOM_CNN_ROW,
    training.DISTILLED_ROW,
    training.SMALL_ROW,
    pipeline.pipeline_row,
    course.course_row,
    neither.neither_rows,
    conversion.PTQ_ROW,
    conversion.PTQ_AGREEMENT_ROW,
    conversion.QAT_ROW,
    conversion.CNN_ROW,
    conversion.DISTILLED_CNN_ROW,
    conversion.FLOAT32_AGREEMENT_ROW,
    conversion.FLOAT32_ROW,
    conversion.FLOAT16_ROW,
    conversion.all_recipes_time_row,
    browser.tfjs_rows,
    browser.browser_row,
    mediapipe.mediapipe_rows,
    start.start_rows,
    live.live_rows,
    soak.soak_rows,
    fuzz.fuzz_rows,
    arm64.arm64_row,
    sweep.sweep_rows,
    peers.peers_rows,
    operators.operators_rows,
    operators.macs_row,
    imports.imports_row,
    sensitivity.sensitivity_rows,
    training.ablation_row,
    neither.heads_row,
    conversion.all_recipes_row,
    papers.papers_rows,
)
"""Rows without a goal are told apart by having none, so one list is enough."""


def all_rows(results: Committed) -> tuple[Row, ...]:
    """Return the rows of everything that is measured.

    Raises:
        ResultError: a result lacks what its row tells.
    """
    return tuple(row for rows in ROWS for row in rows_of(rows, results))


def rows_of(rows: Rows, results: Committed) -> tuple[Row, ...]:
    """Return the rows of one function; none where its result is not there.

    Raises:
        ResultError: the result lacks what the row tells.
    """
    try:
        return rows(results)
    except NotMeasuredError:
        return ()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration, ZeroDivisionError) as error:
        name = getattr(rows, "__name__", None) or " ".join(str(part) for part in getattr(rows, "args", ()))
        raise ResultError(
            f"a result in `{results.root}` lacks what the row `{name}` tells ({type(error).__name__}: {error}); "
            "measure again with this version"
        ) from error
