"""Photographs shown as films to the lesson of `fieldlens teach`: what it keeps of them is what it learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge_app.photographs.decoder import Image
from edge_app.teaching.album import Album
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import Examples
from edge_app.teaching.lesson import Lesson, LessonSettings

FRAMES = 12
"""Of the film of one photograph: less than half a second, in which a hand moves it."""

_MARGIN, _STEP = 0.12, 0.02  # share of a side that is outside of the window, and by which it moves from frame to frame
_BUDGET_BYTES = 1 << 30

Shown = tuple[int, Image]
"""Place of the label, and the photograph, (height, width, 3) uint8 BGR."""


def film_of(image_bgr: Image, random: np.random.Generator) -> Iterator[Image]:
    """Yield the frames of a film: the photograph in a window that drifts, as if a hand held it.

    Args:
        image_bgr: (height, width, 3) uint8 BGR.
        random: decides where it drifts.
    """
    height, width = image_bgr.shape[:2]
    rows, columns = round(height * (1 - _MARGIN)), round(width * (1 - _MARGIN))
    at = random.uniform(0.0, _MARGIN, 2)
    for _ in range(FRAMES):
        top, left = np.rint(at * (height, width)).astype(int).clip(0, (height - rows, width - columns))
        window = image_bgr[top : top + rows, left : left + columns]
        yield cv2.resize(window, (width, height), interpolation=cv2.INTER_LINEAR)
        at = (at + random.normal(0.0, _STEP, 2)).clip(0.0, _MARGIN)


def taught_by_films(
    sittings: Sequence[Sequence[Shown]], labels: tuple[str, ...], backbone: Backbone, folder: Path, seed: int
) -> Examples:
    """Show every photograph of every sitting as a film, with its label held; return what was kept, as teach learns it.

    Args:
        sittings: what is shown in each; a later one knows the frames of the earlier ones, from their files.
        labels: of all.
        backbone: whose features are learned from.
        folder: for the frames.
        seed: of the films.
    """
    random = np.random.default_rng(seed)
    for shown in sittings:
        with Album(folder, _BUDGET_BYTES) as album:
            lesson = Lesson(LessonSettings(labels, folder / "unused.tflite"), album, backbone, lambda _: None)
            for one in album.photographs(album.paths(labels)):
                lesson.remember(labels.index(one.label), one.image_bgr, one.session)
            for place, image_bgr in shown:
                lesson.release()
                for frame_bgr in film_of(image_bgr, random):
                    lesson.press(place)
                    lesson.see(frame_bgr, backbone.features(frame_bgr))
    return lesson.examples()
