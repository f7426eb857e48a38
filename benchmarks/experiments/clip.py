"""A clip to classify: a minute of the drawn camera, or a slide show of test photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.measure.accuracy.measure import choose_photographs
from edge_app.common.atomic_files import atomic_file
from edge_app.common.errors import OutputError, PhotographError
from edge_app.demo.drawn_pets import FRAMES_PER_PET, DrawnCamera
from edge_app.photographs.decoder import Image, read_photograph

WIDTH, HEIGHT, FPS = 640, 480, 15.0
_PETS = 6
_SLIDES, _FRAMES_PER_SLIDE = 12, 15


def drawn_frames() -> Iterator[Image]:
    """Yield frames of the drawn camera, (480, 640, 3) uint8 BGR."""
    camera = DrawnCamera(1, WIDTH, HEIGHT)
    for number in range(_PETS * FRAMES_PER_PET):
        yield camera.frame(number)[0]


def slide_frames(photographs: Path) -> Iterator[Image]:
    """Yield test photographs, each for a second, fitted into (480, 640, 3) uint8 BGR."""
    files = choose_photographs(photographs, everything=False).files
    for path, _ in files[:: max(1, len(files) // _SLIDES)][:_SLIDES]:
        try:
            slide = fitted(read_photograph(path))
        except PhotographError:
            continue
        for _ in range(_FRAMES_PER_SLIDE):
            yield slide


def fitted(image_bgr: Image) -> Image:
    """Scale a picture into the frame, black around it."""
    scale = min(WIDTH / image_bgr.shape[1], HEIGHT / image_bgr.shape[0])
    size = (max(1, round(image_bgr.shape[1] * scale)), max(1, round(image_bgr.shape[0] * scale)))
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    left, top = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
    frame[top : top + size[1], left : left + size[0]] = cv2.resize(image_bgr, size, interpolation=cv2.INTER_LINEAR)
    return frame


def write_clip(path: Path, frames: Iterator[Image]) -> int:
    """Write an .mp4.

    Returns:
        the number of frames.

    Raises:
        OutputError: it cannot be written.
    """
    written = 0
    with atomic_file(path) as temporary:
        writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
        if not writer.isOpened():
            raise OutputError(f"this OpenCV cannot write `{path}`; install another cv2 wheel")
        try:
            for frame in frames:
                writer.write(frame)
                written += 1
        finally:
            writer.release()
    return written
