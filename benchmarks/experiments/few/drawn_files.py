"""Draws of a few photographs as files: which are drawn, and a folder of them as a user would bring it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.experiments.few.draws import drawn, refuse_too_few
from edge_app.photographs.folders import LabelledFile, PhotographFolder


def drawn_files(
    folder: PhotographFolder, labels: Sequence[str], per_class: int, seed: int
) -> tuple[list[LabelledFile], list[LabelledFile]]:
    """Return the photographs of a draw, and all others of its classes.

    Args:
        folder: of all photographs.
        labels: classes that take part.
        per_class: photographs of each class that are drawn.
        seed: of the draw.

    Raises:
        DataError: a class has too few.
    """
    files = [file for file in folder.files if file.label in labels]
    targets = np.array([labels.index(file.label) for file in files], np.int64)
    refuse_too_few(labels, targets, [per_class])
    places = set(drawn(targets, len(labels), per_class, seed).tolist())
    learned = [file for place, file in enumerate(files) if place in places]
    return learned, [file for place, file in enumerate(files) if place not in places]


def lay_out(folder: PhotographFolder, files: Iterable[LabelledFile], to: Path) -> None:
    """Copy photographs into a folder per class."""
    for file in files:
        target = to / file.label / Path(file.path).name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder.root / file.path, target)
