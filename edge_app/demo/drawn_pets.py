"""Cats and dogs drawn by our own code: a data set without a download, and a camera without a camera.

They are drawings, not photographs. A model trained on them shows that the whole chain works, and how well it learns
shape; it says nothing about real animals. Cats and dogs differ in shape only: see `drawn_pet_looks`.

Every picture is a pure function of its seed and its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import OutputError, UsageError
from edge_app.demo.faces import paint_pet
from edge_app.demo.looks import CLASSES, random_pet
from edge_app.demo.scenes import (
    Exposure,
    Pose,
    expose,
    lay_over,
    place,
    random_background,
    random_exposure,
    random_foreground,
    random_pose,
)
from edge_app.photographs.decoder import Image

__all__ = ["CLASSES", "FRAMES_PER_PET", "DrawnCamera", "draw_pet", "drawn_frame", "drawn_pet", "write_drawings"]

FRAMES_PER_PET = 45
"""How long one pet stays before the drawn camera."""

JPEG_QUALITY = 95

_DETAIL = 2  # a pet is drawn this many times larger than needed and shrunk: that smooths its edges
_SPRITE_SHARE = 1.5  # size of a sprite over the height of the picture
_FOREGROUND_ODDS = 0.2
_LENS_SHARE = 0.003  # blur of the camera over the height of the frame
_FRAME_ASPECT = 1.08  # before a 4:3 camera: width of a pet over its natural width
_DRAWING, _SHOT, _GRAIN = 0, 1, 2  # keeps the random numbers of the uses apart


def draw_pet(rng: np.random.Generator, label: str, size: int = 128) -> Image:
    """Draw one cat or dog with everything else left to chance.

    Args:
        rng: moved on by the drawing.
        label: one of `CLASSES`.
        size: width and height, pixels.

    Returns:
        (size, size, 3) uint8 BGR.
    """
    sprite = paint_pet(random_pet(rng, label), round(size * _SPRITE_SHARE))
    large = place(sprite, random_pose(rng), size * _DETAIL, size * _DETAIL)
    layer = np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
    image = lay_over(random_background(rng, size, size), layer)
    if rng.random() < _FOREGROUND_ODDS:
        image = random_foreground(rng, image)
    return expose(image, random_exposure(rng, size, size), rng)


def drawn_pet(seed: int, index: int, size: int = 128) -> tuple[Image, str]:
    """Draw number `index` of the endless data set `seed`; even numbers are cats, odd ones dogs.

    Args:
        seed: 0 or more.
        index: 0 or more.
        size: width and height, pixels.

    Returns:
        (size, size, 3) uint8 BGR, and its label.

    Raises:
        UsageError: a number is too small.
    """
    if seed < 0 or index < 0 or size < 1:
        raise UsageError(
            f"`drawn_pet` needs seed and index from 0, and a size from 1; received {seed}, {index} and {size}"
        )
    label = CLASSES[index % len(CLASSES)]
    return draw_pet(np.random.default_rng((_DRAWING, seed, index)), label, size), label


def write_drawings(
    folder: str | Path, count: int, seed: int = 0, size: int = 128, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write a training set with a folder per class: `cat/cat.00000.jpg`, `dog/dog.00000.jpg`.

    Args:
        folder: made here; it must not exist, or be empty.
        count: of all drawings together, half of them cats.
        seed: of the data set.
        size: width and height, pixels.
        progress: told (written, count) after each drawing.

    Raises:
        UsageError: the count is below 1.
        OutputError: the folder is taken, or the system refused to write.
    """
    if count < 1:
        raise UsageError(f"`count` must be at least 1; received {count}")
    with atomic_folder(Path(folder)) as temporary:
        for label in CLASSES:
            (temporary / label).mkdir()
        for index in range(count):
            image, label = drawn_pet(seed, index, size)
            _write_jpeg(temporary / label / f"{label}.{index // len(CLASSES):05d}.jpg", image)
            if progress is not None:
                progress(index + 1, count)


class DrawnCamera:
    """A camera before which one drawn pet after another moves its head.

    Squashed to a square, its frames look like the drawings of `write_drawings`. Frames may be asked for in any order.

    Args:
        seed: 0 or more; another seed is another film.
        width: of the frames, pixels.
        height: of the frames, pixels.
    """

    def __init__(self, seed: int, width: int = 640, height: int = 480) -> None:
        self.seed = seed
        self.width = width
        self.height = height
        self._shot: _Shot | None = None

    def frame(self, index: int) -> tuple[Image, str]:
        """Take frame `index`, 0 or more.

        Returns:
            (height, width, 3) uint8 BGR, and the true label.
        """
        number, step = divmod(index, FRAMES_PER_PET)
        shot = self._shot
        if shot is None or shot.number != number:
            shot = self._shot = _stage(self.seed, number, self.width, self.height)
        pose = _moved(shot.pose, shot.phases, step / FRAMES_PER_PET)
        image = lay_over(shot.background, place(shot.sprite, pose, self.width, self.height))
        rng = np.random.default_rng((_GRAIN, self.seed, index))
        return expose(image, shot.exposure, rng), shot.label


def drawn_frame(seed: int, frame: int, width: int = 640, height: int = 480) -> Image:
    """Take one frame of a `DrawnCamera`.

    Returns:
        (height, width, 3) uint8 BGR, the same for the same arguments.
    """
    return _camera(seed, width, height).frame(frame)[0]


@dataclass(frozen=True)
class _Shot:
    """What stays the same while one pet is before the camera."""

    number: int
    label: str
    sprite: npt.NDArray[np.uint8]
    pose: Pose
    phases: npt.NDArray[np.float64]  # (4,) radians: where each movement starts
    background: Image
    exposure: Exposure


def _stage(seed: int, number: int, width: int, height: int) -> _Shot:
    rng = np.random.default_rng((_SHOT, seed, number))
    label = CLASSES[rng.integers(len(CLASSES))]
    pet = random_pet(rng, label)
    pose = replace(random_pose(rng), aspect=_FRAME_ASPECT * height / width)
    return _Shot(
        number=number,
        label=label,
        # A lens: without it, shrinking the frame for a classifier would leave jagged edges that no drawing has.
        sprite=np.asarray(cv2.GaussianBlur(paint_pet(pet, height), (0, 0), _LENS_SHARE * height), np.uint8),
        pose=pose,
        phases=rng.uniform(0.0, 2 * np.pi, 4),
        background=random_background(rng, width, height),
        exposure=random_exposure(rng, width, height),
    )


def _moved(pose: Pose, phases: npt.NDArray[np.float64], time: float) -> Pose:
    """Sway, tilt, turn and come closer; `time` 0..1 within the shot."""
    sway, tilt, turn, near = np.sin(phases + 2 * np.pi * time * np.array([1.0, 1.3, 1.6, 0.7]))
    return replace(
        pose,
        x=pose.x + 0.05 * sway,
        y=pose.y + 0.02 * near,
        scale=pose.scale * (1.0 + 0.08 * near),
        angle=pose.angle + 0.12 * tilt,
        yaw=pose.yaw + 0.05 * turn,
    )


def _write_jpeg(path: Path, image: Image) -> None:
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise OutputError(f"`{path.name}` cannot be encoded as JPEG; use another OpenCV")
    path.write_bytes(encoded.tobytes())


@lru_cache(maxsize=2)
def _camera(seed: int, width: int, height: int) -> DrawnCamera:
    return DrawnCamera(seed, width, height)
