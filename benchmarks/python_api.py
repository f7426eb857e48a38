"""Benchmarks from Python and in notebooks: files in, a table out, in a line (`from benchmarks import benchmark`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.errors import UsageError
from edge_app.common.notebook import html_paragraphs, html_table
from edge_app.common.python_faces import as_path, python_words

if TYPE_CHECKING:
    from benchmarks.results.latency import LatencyResult

_COLUMNS = (0, 1, 2, 3, 4, 6, 8)  # of the first table of a result, those that fit a notebook


@dataclass(frozen=True)
class Benchmark:
    """How good and how fast files are on this machine.

    Attributes:
        result: every raw time.
        head: names of the columns of `rows`.
        rows: one per file and number of threads.
        sentences: on what it was measured, and what makes it doubtful or invalid.
    """

    result: LatencyResult
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]

    def _repr_html_(self) -> str:
        return html_table(self.head, self.rows) + html_paragraphs(self.sentences)


@python_words()
def benchmark(
    models: str | Path | Sequence[str | Path],
    photographs: str | Path | None = None,
    *,
    threads: int | Sequence[int] | None = None,
    rounds: int = 8,
    seconds: float = 5.0,
    out: str | Path | None = None,
    overwrite: bool = False,
) -> Benchmark:
    """Measure files on this machine, as `fieldlens bench run` does.

    Args:
        models: one `.tflite` file, or several that take turns.
        photographs: labelled, for the accuracy on the test split; None: it is not measured.
        threads: CPU threads, one number or several; None: the usable cores, at most 4.
        rounds: fresh processes; fewer than 5 make the result doubtful, which it says.
        seconds: of warm runs per file and round, at least.
        out: folder for `result.json`, `table.md` and `plot.png`; None: nothing is written.
        overwrite: whether an older result may be replaced.

    Raises:
        UsageError: a number cannot be meant.
        FieldLensError: a model, the photographs or the output folder cannot be used.
    """
    from benchmarks.measure.protocol.measure import measure
    from benchmarks.measure.protocol.report import headline, show_and_write, warning_lines
    from benchmarks.results.tables import result_table
    from edge_app.common.outputs import held, refuse_existing
    from edge_app.photographs.zip_files import unpacked

    paths = [as_path(one, "models") for one in (models if isinstance(models, list | tuple) else [models])]
    _refuse_unlike(paths, threads, rounds=rounds, seconds=seconds)
    labelled = None if photographs is None else unpacked(as_path(photographs, "photographs"))
    place = None if out is None else as_path(out, "out")
    if place is None:
        result = measure(paths, labelled, threads=threads, rounds=rounds, seconds=seconds)
    else:
        refuse_existing(place / "result.json", overwrite)
        with held(place):
            result = measure(paths, labelled, threads=threads, rounds=rounds, seconds=seconds)
            show_and_write(result, place)
    table = result_table(result)
    return Benchmark(
        result=result,
        head=tuple(table.head[column] for column in _COLUMNS),
        rows=tuple(tuple(row[column] for column in _COLUMNS) for row in table.rows),
        sentences=(headline(result), *warning_lines(result)),
    )


def _refuse_unlike(paths: Sequence[Path], threads: object, **numbers: object) -> None:
    if not paths:
        raise UsageError("there is no model to measure; give a `.tflite` file or several")
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"`{name}` must be a number; received {value!r}")
    several = threads if isinstance(threads, list | tuple) else [threads]
    if threads is not None and not all(isinstance(one, int) for one in several):
        raise UsageError(f"`threads` is a whole number or several; received {threads!r}")
