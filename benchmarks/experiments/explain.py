"""Do occlusion maps lie on what decides? Photographs are pasted on other pictures, so that the place is known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.explanations import HEAD, Explanations, Pasted, rows
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.classifier import Classifier
from edge_app.model.occlusion import Fractions, explain
from edge_app.photographs.contents import contents_below
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of

_SIDE_PX = 480
_PASTED_SHARE = 0.4  # longer side of the photograph over that of the background
_LEAST = 2  # recognised photographs that say something


def run_explain(
    model: Path, photographs: Path, backgrounds: Path, count: int, threads: int, out: Path, overwrite: bool
) -> int:
    """Paste, explain, measure; print a table, write the raw result.

    Raises:
        FieldLensError: an input cannot be used, or too few pasted photographs are recognised.
    """
    refuse_existing(out, overwrite, inputs=[model, photographs, backgrounds])
    classifier = Classifier(model, threads)
    random = np.random.default_rng(0)
    labelled = [file for file in find_photographs(photographs).files if file.label in classifier.card.labels]
    behind = list(contents_below(backgrounds).pictures)
    if not labelled or not behind:
        missing = f"`{photographs}` shows nothing that the model knows" if behind else f"`{backgrounds}` is empty"
        raise DataError(f"{missing}; give labelled photographs with --photos, and others with --backgrounds")
    chosen = [labelled[place] for place in random.permutation(len(labelled))[:count]]
    pairs = [(photographs / one.path, one.label, backgrounds / behind[random.integers(len(behind))]) for one in chosen]
    explain(classifier, np.full((_SIDE_PX, _SIDE_PX, 3), 128, np.uint8))  # the first runs are slower
    with Progress("explaining pasted photographs", len(pairs)) as progress:
        pasted = tuple(_explained(classifier, pairs, (photographs, backgrounds), random, progress))
    result = Explanations(
        now(),
        examine_device(),
        model.name,
        sha256_of(model.read_bytes()),
        threads,
        photographs.resolve().name,
        backgrounds.resolve().name,
        len(pairs),
        pasted,
    )
    if len(result.telling) < _LEAST:
        raise DataError(
            f"of {len(pairs)} pasted photographs {len(result.recognised)} are recognised, too few; give others"
        )
    write_result(out, result)
    print(text_table(HEAD, rows(result)))
    print(f"result  {out}")
    return 0


def _explained(
    classifier: Classifier,
    pairs: Sequence[tuple[Path, str, Path]],
    roots: tuple[Path, Path],
    random: np.random.Generator,
    progress: Progress,
) -> Iterator[Pasted]:
    for path, label, background in pairs:
        progress.step()
        try:
            photograph, ground = read_photograph(path), squared(read_photograph(background))
        except PhotographError:
            continue
        picture, box = paste(photograph, ground, random)
        elsewhere = (*(random.random(2) * (1.0 - np.array(box[2:]))).tolist(), *box[2:])
        if classifier.classify(picture).label != label:
            continue
        background_alone = classifier.classify(ground).label == label
        start_s = time.perf_counter()
        found = explain(classifier, picture)
        map_s = time.perf_counter() - start_s
        yield Pasted(
            path.relative_to(roots[0]).as_posix(),
            background.relative_to(roots[1]).as_posix(),
            label,
            found.score,
            box,
            found.energy_inside(box),
            found.energy_inside(elsewhere),
            found.largest_drop,
            found.is_flat,
            found.saturated,
            map_s,
            background_alone,
        )


def squared(background: Image) -> Image:
    """Return a background as it is pasted on, (480, 480, 3) uint8 BGR."""
    return np.asarray(cv2.resize(background, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def paste(photograph: Image, ground: Image, random: np.random.Generator) -> tuple[Image, Fractions]:
    """Lay a photograph, shrunk, somewhere on a background.

    Args:
        photograph: of any size.
        ground: see `squared`.
        random: of the place.

    Returns:
        the picture, (480, 480, 3) uint8 BGR, and the box of the photograph.
    """
    picture = ground.copy()
    height, width = photograph.shape[:2]
    scale = _PASTED_SHARE * _SIDE_PX / max(height, width)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    x, y = (int(random.integers(0, _SIDE_PX - length + 1)) for length in (across, down))
    picture[y : y + down, x : x + across] = cv2.resize(photograph, (across, down), interpolation=cv2.INTER_AREA)
    return picture, (x / _SIDE_PX, y / _SIDE_PX, across / _SIDE_PX, down / _SIDE_PX)
