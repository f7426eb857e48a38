"""Two models on the same photographs: what each answers, and the page that shows whose label changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2

from benchmarks.measure.accuracy.measure import (
    TestPhotographs,
    choose_photographs,
    trained_by_bytes,
    why_no_accuracy,
)
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.model_comparison import (
    CHANGES,
    Answer,
    AnsweredPhotograph,
    ComparedModel,
    ModelComparison,
    about,
    classes_table,
    models_table,
    verdict_of,
)
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.progress import Progress
from edge_app.common.report_page import ReportPage
from edge_app.metrics.accuracy import numbered_groups
from edge_app.model.card import NEITHER
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, decode_photograph, read_encoded, read_photograph
from edge_app.photographs.groups import read_groups
from edge_app.photographs.splits import latest_cuts, sha256_of

MOST_SHOWN = 60
"""Photographs of each kind of change on the page; the JSON has all."""

_SIDE = 240  # pixels of a shown photograph
_QUALITY = 80


def compare_models(old: Classifier, new: Classifier, root: Path, everything: bool = False) -> ModelComparison:
    """Show the same photographs to two models.

    Args:
        old: one model.
        new: another one.
        root: labelled photographs in any layout that training takes. Those count that neither was trained on.
        everything: all photographs count: right only where no model saw any.

    Raises:
        DataError: the folder cannot be used, or a model cannot be judged on it.
    """
    photographs, left_out = _of_known_classes(_chosen((old, new), root, everything), (old, new))
    for model in (old, new):
        why = why_no_accuracy(model.card, photographs)
        if why:
            raise DataError(f"`{model.path}` cannot be judged on `{root}`: {why}")
    answered, broken = _answered((old, new), photographs)
    if not answered:
        raise DataError(f"none of the photographs of `{root}` can be read; give others")
    notes = [*left_out, *([f"{broken:,} broken photographs left out"] if broken else [])]
    files = [ComparedModel(str(one.path), sha256_of(one.path.read_bytes())) for one in (old, new)]
    if files[0].sha256 == files[1].sha256:
        notes.append("both files have the same bytes")
    return ModelComparison(
        now(), examine_device(), photographs.description, tuple(notes), files[0], files[1], tuple(answered)
    )


def _chosen(models: Sequence[Classifier], root: Path, everything: bool) -> TestPhotographs:
    cuts = latest_cuts(one.card.cuts for one in models)
    return choose_photographs(root, everything, cuts, any(trained_by_bytes(one.card) for one in models))


def _of_known_classes(
    photographs: TestPhotographs, models: Sequence[Classifier]
) -> tuple[TestPhotographs, tuple[str, ...]]:
    """Leave out the classes that not every model knows, and say so: a model that learned a new one is no worse."""
    known = set.intersection(*(set(one.card.labels) for one in models))
    labels = tuple(label for label in photographs.labels if label in known)
    if not labels or len(labels) == len(photographs.labels):
        return photographs, ()
    files = tuple(file for file in photographs.files if file[1] in known)
    others = sorted(set(photographs.labels) - known)
    note = (
        f"{len(photographs.files) - len(files):,} photographs left out, of classes that only one of the models knows: "
        + ", ".join(others)
    )
    return replace(photographs, labels=labels, files=files), (note,)


class _Shown(NamedTuple):
    path: str
    label: str
    key: str  # of its group
    answers: tuple[Answer, ...]


def _answered(models: Sequence[Classifier], photographs: TestPhotographs) -> tuple[list[AnsweredPhotograph], int]:
    """Return the photographs with their answers, sorted by path, and how many could not be read."""
    groups, shown, broken = read_groups(photographs.root), [], 0
    with Progress("judging on photographs", len(photographs.files)) as progress:
        for path, label in sorted(photographs.files):
            try:
                encoded = read_encoded(path)
                frame_bgr = decode_photograph(encoded, str(path))
            except PhotographError:
                broken += 1
            else:
                name = path.relative_to(photographs.root).as_posix()
                answers = tuple(_answer(model, frame_bgr) for model in models)
                shown.append(_Shown(name, label, groups.key_of(name, encoded), answers))
            progress.step()
    numbers = numbered_groups(one.key for one in shown)
    return [
        AnsweredPhotograph(one.path, one.label, number, *one.answers)
        for one, number in zip(shown, numbers, strict=True)
    ], broken


def _answer(model: Classifier, frame_bgr: Image) -> Answer:
    said = model.classify(frame_bgr)
    return Answer(said.top[0][0], round(float(said.score), 6), said.label == NEITHER)


def comparison_page(result: ModelComparison, root: Path) -> str:
    """Return the page: verdict, tables, and the photographs whose label changed.

    Args:
        result: of the comparison.
        root: folder of the photographs.
    """
    page = ReportPage(f"{result.new.name} beside {result.old.name}: {verdict_of(result.paired)}")
    lead, *more = about(result)
    page.paragraph(f"{lead[0].upper()}{lead[1:]}.", "lead")
    for sentence in more:
        page.paragraph(f"{sentence[0].upper()}{sentence[1:]}.")
    page.paragraph(
        f"Photographs: {result.data}. The best label counts, whether or not the app would say “neither”.", "note"
    )
    for heading, table in (("Models", models_table(result)), ("Classes", classes_table(result))):
        page.heading(heading)
        page.table(table.head, table.rows)
    for change in CHANGES:
        _show(page, change.capitalize(), result.changed(change), root)
    return page.html()


def _show(page: ReportPage, heading: str, changed: Sequence[AnsweredPhotograph], root: Path) -> None:
    if not changed:
        return
    page.heading(f"{heading} ({len(changed):,})")
    page.gallery([(_thumbnail(root / one.path), _caption(one)) for one in changed[:MOST_SHOWN]])
    if len(changed) > MOST_SHOWN:
        page.paragraph(f"{len(changed) - MOST_SHOWN:,} more are in result.json.", "note")


def _caption(one: AnsweredPhotograph) -> str:
    return f"shows {one.label}; old: {one.old}; new: {one.new} · {one.path}"


def _thumbnail(path: Path) -> list[bytes]:
    """Return a small JPEG; none where the file has gone since."""
    try:
        frame_bgr = read_photograph(path)
    except PhotographError:
        return []
    scale = min(1.0, _SIDE / max(frame_bgr.shape[:2]))
    small = cv2.resize(frame_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame_bgr
    return [cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()]
