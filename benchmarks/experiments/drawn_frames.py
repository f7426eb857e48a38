"""Frames of the drawn camera, to train the model of the demo on: pets that the films of `--source demo` do not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.progress import Progress
from edge_app.demo.drawn_pets import CLASSES, FRAMES_PER_PET, JPEG_QUALITY, DrawnCamera
from edge_app.photographs.decoder import Image

_FIRST_FILM = 1_000  # the films that anybody sees have small numbers
_PETS_PER_FILM = 10


def write_drawn_frames(folder: Path, count: int, seed: int = 0) -> None:
    """Write a frame of each of many pets, with a folder per class.

    Args:
        folder: made here; it must not exist, or be empty.
        count: of all frames together, half of them cats.
        seed: 0 or more; another one draws other pets.

    Raises:
        OutputError: the folder is taken, or the system refused to write.
    """
    written = dict.fromkeys(CLASSES, 0)
    with atomic_folder(folder) as temporary, Progress("drawing pets", count) as progress:
        for label in CLASSES:
            (temporary / label).mkdir()
        for image_bgr, label in _frames(seed):
            if written[label] >= _wanted(count, label):
                continue
            encoded = bytes(cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])
            (temporary / label / f"drawn.{written[label]:05d}.jpg").write_bytes(encoded)
            written[label] += 1
            progress.step()
            if sum(written.values()) == count:
                return


def _wanted(count: int, label: str) -> int:
    return (count + len(CLASSES) - 1 - CLASSES.index(label)) // len(CLASSES)


def _frames(seed: int) -> Iterator[tuple[Image, str]]:
    film = _FIRST_FILM * (seed + 1)
    while True:
        camera = DrawnCamera(film)
        for number in range(_PETS_PER_FILM):
            yield camera.frame(number * FRAMES_PER_PET + FRAMES_PER_PET // 2)
        film += 1
