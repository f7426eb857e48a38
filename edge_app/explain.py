"""Pictures and the maps of why a model answers as it does, as files: `fieldlens explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import SourceError
from edge_app.common.notices import note
from edge_app.common.outputs import held, refuse_existing
from edge_app.display.explanation import draw_explained
from edge_app.live.watchdog import watch
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.model.occlusion import CELLS, LIMITS, PATCH_CELLS, Explained, Explanation, explain
from edge_app.model.threads import with_suitable_threads
from edge_app.sources.frames import Frame
from edge_app.sources.opening import open_source
from edge_app.sources.pictures import PictureSource

JSON_NAME = "explained.json"
"""Of the maps as numbers; also the sign of a folder that this program made."""

_JPEG_QUALITY = 92


@dataclass(frozen=True)
class ExplainSettings:
    """What the command line asks for.

    Attributes:
        model: a `.tflite` file.
        pictures: files, folders or glob patterns, at least one.
        out: folder to make.
        labels: a file of labels to use instead of the model's own.
        threads: of the CPU; None: measured once per model.
        stated: what the input of a file without a card is.
        overwrite: whether an older folder may be replaced.
    """

    model: Path
    pictures: Sequence[str]
    out: Path
    labels: Path | None = None
    threads: int | None = None
    stated: StatedInput = NOTHING_STATED
    overwrite: bool = False


def explain_pictures(settings: ExplainSettings) -> Iterator[str]:
    """Explain pictures; yield a line per picture, and what the maps cannot tell.

    Raises:
        FieldLensError: the model, every picture or the output cannot be used.
    """
    source = PictureSource(_paths(settings.pictures))
    refuse_existing(settings.out, settings.overwrite, JSON_NAME, [settings.model, settings.labels, *source.paths])
    classifier = watch(_classifier(settings))
    for assumption in classifier.assumptions:
        note(f"assumed: {assumption}")
    records: dict[str, dict[str, Any]] = {}
    with held(settings.out), atomic_folder(settings.out, settings.overwrite, JSON_NAME) as folder:
        for frame in source.frames():
            explanation = explain(classifier, frame.image_bgr)
            name = _free_name(Path(frame.source).stem, records)
            drawn = draw_explained(Explained(frame.image_bgr, explanation))
            quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            (folder / name).write_bytes(cv2.imencode(".jpg", drawn, quality)[1].tobytes())
            records[name] = _record(frame, explanation)
            yield f"{frame.source}: {' '.join(explanation.sentences())}"
        content = {**_about(classifier), "pictures": [{"explained": name, **one} for name, one in records.items()]}
        (folder / JSON_NAME).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for sentence in source.skipped:
        note(f"left out: {sentence}")
    yield LIMITS
    yield f"explained  {settings.out} ({len(records):,} {'picture' if len(records) == 1 else 'pictures'}, {JSON_NAME})"


def _paths(pictures: Sequence[str]) -> list[Path]:
    paths: list[Path] = []
    for text in pictures:
        source = open_source(text)
        if not isinstance(source, PictureSource):
            raise SourceError(f"`{text}` is no picture; give picture files, folders of them or quoted glob patterns")
        paths += source.paths
    return list(dict.fromkeys(paths))


def _classifier(settings: ExplainSettings) -> Classifier:
    labels = None if settings.labels is None else read_labels_file(settings.labels)

    def build(threads: int | None) -> Classifier:
        return Classifier(settings.model, threads, labels, stated=settings.stated)

    return build(settings.threads) if settings.threads else with_suitable_threads(settings.model, build, note)


def _free_name(stem: str, taken: dict[str, Any]) -> str:
    """Return `cat.explained.jpg`, and `cat-2.explained.jpg` for the next picture of that name."""
    name, number = f"{stem}.explained.jpg", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.explained.jpg"
    return name


def _about(classifier: Classifier) -> dict[str, Any]:
    method = {
        "name": "occlusion, Zeiler and Fergus 2014",
        "cells": CELLS,
        "patch_cells": PATCH_CELLS,
        "fill": "mean colour of the picture",
        "drops": "of the label's log-odds, natural logarithm, with the patch centred on each cell; rows from the top",
        "map": "mean of the drops of the patches that cover a cell, weighted by how much of it they cover",
        "limits": LIMITS,
    }
    return {"model": str(classifier.path), "method": method}


def _record(frame: Frame, explanation: Explanation) -> dict[str, Any]:
    def rounded(rows: Any) -> list[list[float]]:
        return [[round(value, 4) + 0.0 for value in row] for row in rows.tolist()]

    return {
        "picture": frame.source,
        "answer": explanation.answer,
        "label": explanation.label,
        "score": round(explanation.score, 6),
        "log_odds": round(explanation.log_odds, 4),
        "largest_drop": round(explanation.largest_drop, 4),
        "score_left": round(explanation.lowest_score, 6),
        "nothing_matters": explanation.is_flat,
        "saturated": explanation.saturated,
        "score_step": explanation.step or None,
        "area": [round(value, 6) for value in explanation.area],
        "sentences": explanation.sentences(),
        "drops": rounded(explanation.drops),
        "map": rounded(explanation.cells),
    }
