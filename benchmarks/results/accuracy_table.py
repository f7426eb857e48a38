"""The tables of the accuracy: each file, each class, and the files against the first one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.results.judgement import Judgement, NeitherAnswers, compare_judgements
from benchmarks.results.result import Result
from edge_app.common.escape_control import escape_control
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy

_MOST_CLASSES = 20  # more of them are in result.json

_HEAD = ("file", "accuracy (95 % interval)", "log loss (95 %)", "calibration error (95 %)", "by chance up to")
_NEITHER_HEAD = ("`neither` AUROC (95 %)", "threshold", "labelled let through", "of these right", "others rejected")


def accuracy_tables(result: Result) -> str:
    """Return Markdown about all files that were judged; empty: none was."""
    judged = [(Path(file.file).name, file.judgement) for file in result.files if file.judgement is not None]
    if not judged:
        return ""
    parts = [_about(judged[0][1]), _files_table(judged), _class_table(judged)]
    if len(judged) > 1:
        parts.append(_comparison_table(judged))
    return "\n\n".join(parts)


def _about(judgement: Judgement) -> str:
    others = "" if judgement.neither is None else f"; others: {judgement.neither.others:,}, {judgement.neither.data}"
    return f"{judgement.photographs:,} photographs, {judgement.data}{others}. Every picture was shown to all files."


def _files_table(judged: Sequence[tuple[str, Judgement]]) -> str:
    with_neither = judged[0][1].neither is not None
    rows = [
        (name, *_confidence_cells(one), *(_neither_cells(one.neither, one.photographs) if one.neither else ()))
        for name, one in judged
    ]
    return text_table(_HEAD + (_NEITHER_HEAD if with_neither else ()), rows)


def _confidence_cells(one: Judgement) -> tuple[str, ...]:
    if one.log_loss is None or one.calibration_error is None or one.calibration_error_by_chance is None:
        return (str(one.accuracy), "no probabilities", "", "")
    return (
        str(one.accuracy),
        one.log_loss.text(3),
        one.calibration_error.text(3),
        f"{one.calibration_error_by_chance:.3f}",
    )


def _neither_cells(neither: NeitherAnswers, photographs: int) -> tuple[str, ...]:
    area = neither.auroc.text(4)
    if neither.threshold is None or neither.accepted is None or neither.accepted_right is None:
        return (area, "none on the card", "", "", "")
    return (
        area,
        f"{neither.threshold:.3f}",
        _share(neither.accepted, photographs),
        _share(neither.accepted_right, neither.accepted),
        _share(neither.rejected or 0, neither.others),
    )


def _share(part: int, whole: int) -> str:
    return str(MeasuredAccuracy.from_counts(part, whole, "")) if whole else "none"


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


def _comparison_table(judged: Sequence[tuple[str, Judgement]]) -> str:
    name, first = judged[0]
    rows = []
    for other_name, other in judged[1:]:
        found = compare_judgements(first, other)
        counts = (f"{found.only_first:,}", f"{found.only_second:,}")
        rows.append((other_name, str(found), *counts, f"{found.p_value:.3g}", found.verdict))
    head = ("file", f"against {name} (95 %)", "right: only the first", "only this", "McNemar p", "verdict")
    table = text_table(head, rows)
    if len(rows) == 1:
        return table
    return (
        f"{table}\n\nEach p-value is of its own comparison alone: with {len(rows)} of them expect a small one sooner."
    )
