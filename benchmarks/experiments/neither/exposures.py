"""Pictures of nothing that training may be shown: walls, shapes, scribbles, clouds, cells, rings, cloth, blur.

They are of other kinds than those that judge (`pictures.py`), so that these stay pictures that no training saw.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.progress import Progress
from edge_app.photographs.decoder import Image

SIZE = (360, 480)
"""Height and width."""

Draw = Callable[[np.random.Generator], Image]


def write_exposures(folder: Path, count: int, seed: int = 0) -> None:
    """Write pictures of all kinds in turn as JPEG files; the same ones for the same seed.

    Args:
        folder: to make.
        count: of pictures.
        seed: of everything random.

    Raises:
        OutputError: the system refused.
    """
    rng = np.random.default_rng(seed)
    with atomic_folder(folder) as temporary, Progress("drawing", count) as progress:
        for number in range(count):
            picture = KINDS[number % len(KINDS)](rng)
            cv2.imwrite(str(temporary / f"drawn.{number:04}.jpg"), _as_a_camera_sees_it(picture, rng))
            progress.step()


def _walls(rng: np.random.Generator) -> Image:
    """One colour, lit from a side: a wall, a ceiling, a covered lens."""
    down, across = np.mgrid[0 : 1 : SIZE[0] * 1j, 0 : 1 : SIZE[1] * 1j]
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1.2)
    light = 1.0 + slope * ((across - 0.5) * np.cos(angle) + (down - 0.5) * np.sin(angle))
    colour = rng.uniform(0, 255) * (1.0 + rng.uniform(-0.4, 0.4, 3))
    return np.asarray((light[:, :, np.newaxis] * colour).clip(0, 255), np.uint8)


def _shapes(rng: np.random.Generator) -> Image:
    """Flat polygons and ellipses, as on a poster."""
    picture = _walls(rng)
    for _ in range(rng.integers(3, 26)):
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        middle, reach = rng.integers(0, SIZE[1], 2), rng.integers(15, 160)
        if rng.random() < 0.5:
            points = middle + rng.integers(-reach, reach + 1, (int(rng.integers(3, 8)), 2))
            cv2.fillPoly(picture, [points.astype(np.int32)], colour)
        else:
            axes = (int(reach), int(rng.integers(5, reach + 1)))
            cv2.ellipse(picture, (int(middle[0]), int(middle[1])), axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    return picture


def _scribbles(rng: np.random.Generator) -> Image:
    """Curves and characters: paper, a screen, cables."""
    picture = _walls(rng)
    for _ in range(rng.integers(2, 15)):
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        if rng.random() < 0.5:
            steps = rng.normal(0, 25, (int(rng.integers(10, 60)), 2)).cumsum(axis=0)
            points = (rng.integers(0, SIZE[1], 2) + steps).astype(np.int32)
            cv2.polylines(picture, [points], False, colour, int(rng.integers(1, 9)), cv2.LINE_AA)
        else:
            text = "".join(chr(int(code)) for code in rng.integers(33, 127, int(rng.integers(3, 16))))
            place = (int(rng.integers(-20, SIZE[1] - 60)), int(rng.integers(20, SIZE[0])))
            scale, width = float(rng.uniform(0.4, 3.0)), int(rng.integers(1, 5))
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA)
    return picture


def _clouds(rng: np.random.Generator) -> Image:
    """Noise of many sizes: foliage, gravel, cloth, clouds."""
    total, weight = np.zeros((*SIZE, 3)), 1.0
    roughness = rng.uniform(0.4, 0.9)
    for octave in range(2, 9):
        coarse = rng.normal(0, 1, (2**octave, 2**octave, 1 if rng.random() < 0.7 else 3)).astype(np.float32)
        fine = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_LINEAR)
        total += weight * (fine if fine.ndim == 3 else fine[:, :, np.newaxis])
        weight *= roughness
    spread = rng.uniform(20, 70)
    return np.asarray((rng.uniform(30, 225, 3) + spread * total * rng.uniform(0.6, 1.2, 3)).clip(0, 255), np.uint8)


def _cells(rng: np.random.Generator) -> Image:
    """Patches around random points, a colour each: stones, tiles, leaves."""
    down, across = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    nearest, best = np.zeros(SIZE, np.int64), np.full(SIZE, np.inf)
    points = rng.uniform(0, SIZE[1], (int(rng.integers(6, 60)), 2))
    for place, (x, y) in enumerate(points):
        distance = np.hypot(across - x, down - y)
        closer = distance < best
        nearest[closer], best[closer] = place, distance[closer]
    colours = (rng.uniform(0, 255, 3) + rng.normal(0, rng.uniform(10, 80), (len(points), 3))).clip(0, 255)
    shade = 1.0 - rng.uniform(0, 0.6) * best / best.max()
    return np.asarray(colours[nearest] * shade[:, :, np.newaxis], np.uint8)


def _rings(rng: np.random.Generator) -> Image:
    """Bent bands of several colours around a point: ripples, a fingerprint, wood, wallpaper."""
    down, across = np.mgrid[0 : SIZE[0], 0 : SIZE[1]].astype(np.float32)
    x, y = rng.uniform(-SIZE[1], 2 * SIZE[1]), rng.uniform(-SIZE[0], 2 * SIZE[0])
    bend = rng.uniform(0, 30) * np.sin(across / rng.uniform(20, 120)) * np.sin(down / rng.uniform(20, 120))
    distance = np.hypot((across - x) * rng.uniform(0.5, 2.0), down - y) + bend
    colours = rng.uniform(0, 255, (int(rng.integers(2, 7)), 3))
    return np.asarray(colours[(distance / rng.uniform(3, 60)).astype(np.int64) % len(colours)], np.uint8)


def _cloth(rng: np.random.Generator) -> Image:
    """Threads over and under each other, with a tint for each thread: cloth, wicker, a fence, a keyboard."""
    down, across = np.mgrid[0 : SIZE[0], 0 : SIZE[1]].astype(np.float32)
    turn, thread = rng.uniform(0, np.pi / 2), rng.uniform(3, 40)
    along = (across * np.cos(turn) + down * np.sin(turn)) / thread
    beside = (down * np.cos(turn) - across * np.sin(turn)) / thread * rng.uniform(0.6, 1.6)
    warp_is_above = (np.floor(along) + np.floor(beside)) % int(rng.integers(2, 5)) == 0
    tints = rng.normal(0, rng.uniform(2, 25), (2, 1024, 3)) + rng.uniform(20, 235, (2, 1, 3))
    warp, weft = tints[0][np.floor(along).astype(int) % 1024], tints[1][np.floor(beside).astype(int) % 1024]
    round_ = 1.0 - rng.uniform(0.1, 0.9) * np.abs(np.where(warp_is_above, along % 1.0, beside % 1.0) - 0.5)
    woven = np.where(warp_is_above[:, :, np.newaxis], warp, weft)
    return np.asarray((woven * round_[:, :, np.newaxis]).clip(0, 255), np.uint8)


def _in_the_dark(rng: np.random.Generator) -> Image:
    """Hardly any light, and the coarse grain of a sensor at its limit."""
    picture = (_walls, _shapes, _clouds)[int(rng.integers(3))](rng)
    cell = int(rng.integers(1, 4))
    grain = rng.normal(0, rng.uniform(5, 50), (SIZE[0] // cell, SIZE[1] // cell, 3)).astype(np.float32)
    dim = picture * rng.uniform(0.02, 0.5) + cv2.resize(grain, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(dim.clip(0, 255), np.uint8)


def _out_of_focus(rng: np.random.Generator) -> Image:
    picture = (_shapes, _cells, _scribbles)[int(rng.integers(3))](rng)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(6, 40))), np.uint8)


def _as_a_camera_sees_it(picture_bgr: Image, rng: np.random.Generator) -> Image:
    """Add a little blur and grain."""
    blurred = cv2.GaussianBlur(picture_bgr, (0, 0), float(rng.uniform(0.3, 1.5)))
    grain = rng.normal(0, rng.uniform(0, 8), blurred.shape)
    return np.asarray((blurred + grain).clip(0, 255), np.uint8)


KINDS: tuple[Draw, ...] = (
    _walls,
    _shapes,
    _scribbles,
    _clouds,
    _cells,
    _rings,
    _cloth,
    _in_the_dark,
    _out_of_focus,
)
