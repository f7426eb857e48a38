"""The tables of a result: times, where they go, and the accuracy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median_high

from benchmarks.results.judgement import Judgement, NeitherAnswers, compare_judgements
from benchmarks.results.latency import FileResult, LatencyResult, Stream, baseline
from benchmarks.statistics.rounds import MedianOverRounds, median_over_rounds
from benchmarks.statistics.summary import TimeSummary, summarize
from edge_app.common.notices import escape_control
from edge_app.common.tables import Table, text_table
from edge_app.metrics.accuracy import MeasuredAccuracy

_OPEN = 10.0  # times the median: an interval that reaches so far says nothing


def throughput_text(file: FileResult) -> str:
    """Return images per second, by number of workers where it is not one: `470, 2 workers 890`; the middle round's."""
    by_workers: dict[int, list[float]] = {}
    for one in file.rounds:
        for found in one.throughputs:
            by_workers.setdefault(found.workers, []).append(found.images_per_s)
    return ", ".join(
        f"{median_high(rates):,.0f}" if workers == 1 else f"{workers} workers {median_high(rates):,.0f}"
        for workers, rates in by_workers.items()
    )


def latency_text(file: FileResult) -> str:
    """Return the median from frame to label over rounds, ms, with its interval."""
    return _with_interval(median_over_rounds([one.frame_to_label_s for one in file.rounds]))


Column = tuple[str, Callable[[FileResult], str]]
"""A heading, and the cell of a file."""

COLUMNS: tuple[Column, ...] = (
    ("file", lambda file: file.name),
    ("threads", lambda file: str(file.threads)),
    ("MB", lambda file: f"{file.size_bytes / 1e6:.2f}"),
    ("accuracy (95 % interval)", lambda file: "" if file.accuracy is None else str(file.accuracy)),
    ("frame→label ms: median (95 %)", latency_text),
    ("p90", lambda file: _ms(_whole(file).p90_s)),
    ("p95", lambda file: _ms(_whole(file).p95_s)),
    ("p99", lambda file: _ms(_whole(file).p99_s)),
    ("images/s", throughput_text),
    ("peak MiB", lambda file: _mib(file.peak_memory_bytes)),
    ("steady MiB", lambda file: _mib(file.steady_memory_bytes)),
)
"""Of the first table. A new column is an entry here, or in `STAGES`."""

STAGES: tuple[Column, ...] = (
    ("where the time goes", lambda file: file.name),
    ("threads", lambda file: str(file.threads)),
    ("start→label s", lambda file: f"{median_high(file.start_to_label_s):.2f}"),
    ("load ms", lambda file: f"{file.load_s * 1e3:.1f}"),
    ("first run ms", lambda file: f"{file.first_invoke_s * 1e3:.1f}"),
    ("warm-up runs", lambda file: _range([one.warm_up_runs for one in file.rounds if one.warm_up_runs])),
    ("prepare ms", lambda file: _median_ms([time_s for one in file.rounds for time_s in one.prepare_s])),
    ("bare run ms (95 %)", lambda file: _with_interval(_bare_over_rounds(file))),
    ("post ms", lambda file: _median_ms([time_s for one in file.rounds for time_s in one.post_s])),
    ("ratio", lambda file: f"{_whole(file).median_s / _bare_over_rounds(file).median_s:.3f}"),
    ("frame→label within processes (95 %)", lambda file: f"{_ms(_whole(file).low_s)} to {_ms(_whole(file).high_s)}"),
)
"""Of the second table."""

STREAM: tuple[Column, ...] = (
    ("strict stream", lambda file: file.name),
    ("threads", lambda file: str(file.threads)),
    ("queries", lambda file: f"{len(_stream(file).queries_s):,}"),
    ("s", lambda file: f"{_stream(file).duration_s:.1f}"),
    ("p90 ms", lambda file: _ms(_stream(file).p90_s)),
    ("p90 below, 99 % sure", lambda file: _ms(_stream(file).p90_bound_s)),
    ("valid", lambda file: "yes" if _stream(file).is_valid else "no"),
)
"""Of the table of `--strict`."""


def result_table(result: LatencyResult) -> Table:
    """Return a row per file."""
    return _table(COLUMNS, result.files)


def boards_table(results: Mapping[str, LatencyResult]) -> Table:
    """Return a row per board and file; the key is what a board is called."""
    rows = [
        (host, result.device.board or result.device.cpu, *(cell(file) for _, cell in COLUMNS))
        for host, result in results.items()
        for file in result.files
    ]
    return Table(("on", "board", *(heading for heading, _ in COLUMNS)), rows)


def stages_table(result: LatencyResult) -> Table:
    """Return where the time of each file goes, and the interval that is blind to other processes."""
    decode_s = [time_s for one in result.rounds for time_s in one.decode_s]
    decode: Column = ("decode ms", lambda _: _median_ms(decode_s))  # of the round: the same for all files
    place = [heading for heading, _ in STAGES].index("prepare ms")
    return _table((*STAGES[:place], decode, *STAGES[place:]), result.files)


def stream_table(result: LatencyResult) -> Table | None:
    """Return the rows of `--strict`; None where it was not asked for."""
    files = [file for file in result.files if file.stream is not None]
    return _table(STREAM, files) if files else None


def all_tables(result: LatencyResult) -> str:
    """Return every table that the result has something for."""
    tables = (result_table(result), stages_table(result), stream_table(result))
    return "\n\n".join(str(table) for table in tables if table is not None)


def _table(columns: Sequence[Column], files: Sequence[FileResult]) -> Table:
    return Table([heading for heading, _ in columns], [tuple(cell(file) for _, cell in columns) for file in files])


def _whole(file: FileResult) -> TimeSummary:
    return summarize(file.frame_to_label_s)


def _bare_over_rounds(file: FileResult) -> MedianOverRounds:
    return median_over_rounds([one.invoke_s for one in file.rounds])


def _stream(file: FileResult) -> Stream:
    assert file.stream is not None
    return file.stream


def _ms(time_s: float) -> str:
    return f"{time_s * 1e3:.2f}"


def _mib(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f"{size_bytes / 2**20:.0f}"


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts):,} to {max(counts):,}" if counts else ""


def _with_interval(found: MedianOverRounds) -> str:
    if found.low_s is None or found.high_s is None:
        return f"{found.median_s * 1e3:.2f} (one process)"
    if found.high_s > _OPEN * found.median_s:
        return f"{found.median_s * 1e3:.2f} (open)"
    return f"{found.median_s * 1e3:.2f} ({found.low_s * 1e3:.2f} to {found.high_s * 1e3:.2f})"


def _median_ms(times_s: Sequence[float]) -> str:
    return f"{summarize(times_s).median_s * 1e3:.3f}" if times_s else ""


_MOST_CLASSES = 20  # more of them are in result.json

_ACCURACY_HEAD = ("file", "accuracy (95 % interval)", "log loss (95 %)", "calibration error (95 %)", "by chance up to")
_NEITHER_HEAD = ("`neither` AUROC (95 %)", "threshold", "labelled accepted", "of these correct", "others rejected")


def accuracy_tables(result: LatencyResult) -> str:
    """Return Markdown about all files that were judged; empty: none was."""
    judged = [(Path(file.file).name, file.judgement) for file in result.files if file.judgement is not None]
    if not judged:
        return ""
    parts = [_about(judged[0][1]), _files_table(judged), _class_table(judged)]
    if len(judged) > 1:
        parts.append(_comparison_table(result))
    return "\n\n".join(parts)


def _about(judgement: Judgement) -> str:
    others = "" if judgement.neither is None else f"; others: {judgement.neither.others:,}, {judgement.neither.data}"
    over = " Intervals are over groups." if judgement.groups else ""
    return f"{judgement.shown}, {judgement.data}{others}. Every picture was shown to all files.{over}"


def _files_table(judged: Sequence[tuple[str, Judgement]]) -> str:
    with_neither = judged[0][1].neither is not None
    rows = [
        (name, *_confidence_cells(one), *(_neither_cells(one.neither, one) if one.neither else ()))
        for name, one in judged
    ]
    return text_table(_ACCURACY_HEAD + (_NEITHER_HEAD if with_neither else ()), rows)


def _confidence_cells(one: Judgement) -> tuple[str, ...]:
    if one.log_loss is None or one.calibration_error is None or one.calibration_error_by_chance is None:
        return (str(one.accuracy), "no probabilities", "", "")
    return (
        str(one.accuracy),
        one.log_loss.text(3),
        one.calibration_error.text(3),
        f"{one.calibration_error_by_chance:.3f}",
    )


def _neither_cells(neither: NeitherAnswers, whole: Judgement) -> tuple[str, ...]:
    area = neither.auroc.text(4)
    if neither.threshold is None or neither.accepted is None or neither.accepted_right is None:
        return (area, "none on the card", "", "", "")
    return (
        area,
        f"{neither.threshold:.3f}",
        _share(neither.accepted, whole.photographs, whole.independent),
        _share(neither.accepted_right, neither.accepted, neither.accepted_independent),
        _share(neither.rejected or 0, neither.others, neither.others_independent),
    )


def _share(part: int, whole: int, independent: float | None) -> str:
    return str(MeasuredAccuracy.from_counts(part, whole, "", independent)) if whole else "none"


def _class_table(judged: Sequence[tuple[str, Judgement]]) -> str:
    """A row per class; of very many those on which the first file is worst."""
    first = judged[0][1].classes
    shown = sorted(range(len(first)), key=lambda place: first[place].accuracy.top1)[:_MOST_CLASSES]
    places = sorted(shown) if len(first) <= _MOST_CLASSES else shown
    rows = [
        (
            escape_control(first[place].label),
            f"{first[place].photographs:,}",
            *(str(one.classes[place].accuracy) for _, one in judged),
        )
        for place in places
    ]
    table = text_table(("class", "photographs", *(name for name, _ in judged)), rows)
    if len(first) <= _MOST_CLASSES:
        return table
    return f"{table}\n\nThe {_MOST_CLASSES} worst of {len(first):,} classes; all are in result.json."


def _comparison_table(result: LatencyResult) -> str:
    """A row per judged file, against float32."""
    judged = [file for file in result.files if file.judgement is not None]
    first = baseline(judged)
    rows = []
    for other in judged:
        if other is first or first.judgement is None or other.judgement is None:
            continue
        found = compare_judgements(first.judgement, other.judgement)
        counts = (f"{found.only_first:,}", f"{found.only_second:,}")
        rows.append((other.name, str(found), *counts, f"{found.p_value:.3g}", found.verdict))
    head = ("file", f"against {first.name} (95 %)", "correct: only that", "only this", "McNemar p", "verdict")
    notes = []
    if any(file.judgement is not None and file.judgement.groups for file in judged):
        notes.append("Groups change sides as a whole in the test, and are drawn whole for the interval.")
    if len(rows) > 1:
        notes.append(
            f"Each p-value is of its own comparison alone: with {len(rows)} of them expect a small one sooner."
        )
    return "\n\n".join([text_table(head, rows), *([" ".join(notes)] if notes else [])])
