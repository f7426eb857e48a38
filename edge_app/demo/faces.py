"""Painting one drawn cat or dog.

A pet is painted on a *sprite*: a square BGRA picture with premultiplied alpha, measured in the face units of
`drawn_pet_looks`. What belongs nearer to the viewer than the middle of the head (eyes, muzzle) is given a depth, and
moves by it when the head turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.demo.looks import Bgr, Pet

Points = npt.NDArray[np.float64]
"""A polygon or line: (points, 2) float64 x, y in face units."""

SPRITE_SPAN = 4.2
"""Face units from one side of a sprite to the other."""

SPRITE_CENTRE = (0.0, 0.22)
"""The point in face units at the middle of a sprite: a body needs more room than ears."""

TONGUE: Bgr = (128, 118, 236)
INK: Bgr = (34, 28, 32)
GLINT: Bgr = (255, 255, 255)
GOLD: Bgr = (72, 190, 240)

_SHIFT = 4  # OpenCV takes sub-pixel corners as integers with this many binary digits
_FUR_SIZE = 512
_FUR_DEPTH = 0.085


def paint_pet(pet: Pet, size_px: int) -> npt.NDArray[np.uint8]:
    """Paint a pet.

    Returns:
        (size_px, size_px, 4) uint8 BGRA, alpha premultiplied, transparent around the pet.
    """
    easel = _Easel(pet, size_px)
    _paint_body(easel, pet)
    if pet.ears == "pointed":
        _paint_ears(easel, pet)
    easel.fur(_head_outline(pet), pet.coat, _head_marks(pet), shadow=True)
    if pet.ears != "pointed":
        _paint_ears(easel, pet)
    _paint_eyes(easel, pet)
    _paint_muzzle(easel, pet)
    _paint_whiskers(easel, pet)
    return easel.sprite


@dataclass(frozen=True)
class _Mark:
    outline: Points
    bgr: Bgr


class _Easel:
    """A sprite in the making; knows where a point of the turned head falls."""

    def __init__(self, pet: Pet, size_px: int) -> None:
        self.sprite: npt.NDArray[np.uint8] = np.zeros((size_px, size_px, 4), np.uint8)
        self.scale = size_px / SPRITE_SPAN
        self._pet = pet
        self._fur = _fur_texture(size_px)

    def crisp(self, outline: Points, bgr: Bgr, depth: float = 0.0) -> None:
        """Fill an outline with one colour."""
        cv2.fillPoly(self.sprite, [self._fixed(outline, depth)], (*bgr, 255), cv2.LINE_AA, _SHIFT)

    def line(self, points: Points, bgr: Bgr, width: float, depth: float = 0.0) -> None:
        """Draw an open line; `width` in face units."""
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.sprite, [self._fixed(points, depth)], False, (*bgr, 255), thickness, cv2.LINE_AA, _SHIFT)

    def fur(
        self, outline: Points, bgr: Bgr, marks: Sequence[_Mark] = (), depth: float = 0.0, shadow: bool = False
    ) -> None:
        """Fill an outline with shaded fur; `shadow` darkens what lies behind its lower edge."""
        polygon = self._fixed(outline, depth)
        low = np.maximum((polygon.min(axis=0) >> _SHIFT) - 2, 0)
        high = np.minimum((polygon.max(axis=0) >> _SHIFT) + 3, self.sprite.shape[0])
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        origin = low << _SHIFT
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(mask, [polygon - origin], 255, cv2.LINE_AA, _SHIFT)
        pelt = np.empty((*mask.shape, 3), np.uint8)
        pelt[:] = bgr
        for mark in marks:
            cv2.fillPoly(pelt, [self._fixed(mark.outline, depth) - origin], mark.bgr, cv2.LINE_AA, _SHIFT)
        if marks:
            soft = max(1, round(0.05 * self.scale))
            pelt = cv2.blur(pelt, (soft, soft))
        if shadow:
            self._cast_shadow(polygon)
        shaded = cv2.multiply(pelt, cv2.merge([self._relief(mask, self._fur[window])] * 3), scale=1 / 128)
        behind = self.sprite[window]
        kept = cv2.multiply(behind, cv2.merge([255 - mask] * 4), scale=1 / 255)
        laid = cv2.multiply(cv2.merge([shaded, np.full_like(mask, 255)]), cv2.merge([mask] * 4), scale=1 / 255)
        behind[:] = cv2.add(kept, laid)

    def _relief(self, mask: npt.NDArray[np.uint8], fur: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Brightness of a rounded, furry part lit from above: (height, width) uint8, 128 leaves a colour as it is."""
        side = max(3, round(min(mask.shape) * 0.45))
        # The window of the mean reaches away from the light, so that the lit edge sees more of the part.
        anchor = (round((side - 1) * self._pet.light_from), round((side - 1) * 0.22))
        mean = cv2.blur(mask, (side, side), anchor=anchor, borderType=cv2.BORDER_CONSTANT)
        mean = cv2.blur(mean, (side // 2 + 1, side // 2 + 1), borderType=cv2.BORDER_REPLICATE)
        # 0.52 in deep shade, 1.12 in full light
        light = cv2.addWeighted(mean, 0.30, mean, 0.0, 66.0)
        return np.asarray(cv2.multiply(light, fur, scale=1 / 128), np.uint8)

    def _cast_shadow(self, polygon: npt.NDArray[np.int32]) -> None:
        fall = polygon + np.array([0, round(0.16 * self.scale)], np.int32) * (1 << _SHIFT)
        dark = np.zeros(self.sprite.shape[:2], np.uint8)
        cv2.fillPoly(dark, [fall], 105, cv2.LINE_8, _SHIFT)
        soft = max(3, round(0.3 * self.scale))
        kept = 255 - cv2.blur(dark, (soft, soft))
        colour = self.sprite[..., :3]
        colour[:] = cv2.multiply(colour, cv2.merge([kept] * 3), scale=1 / 255)

    def _fixed(self, points: Points, depth: float) -> npt.NDArray[np.int32]:
        """Project to sprite pixels in OpenCV's fixed point: (points, 2) int32."""
        moved = points + np.array([self._pet.turn, self._pet.nod]) * depth
        pixels = (moved - SPRITE_CENTRE) * self.scale + self.sprite.shape[0] / 2
        return np.asarray(np.round(pixels * (1 << _SHIFT)), np.int32)


def _paint_body(easel: _Easel, pet: Pet) -> None:
    """A small sitting body, the same for both classes; the head is the subject."""
    outline = smooth(mirrored([(0.0, 0.55), (0.55, 0.6), (0.7, 1.1), (0.96, 1.7), (0.84, 2.18), (0.0, 2.2)]))
    marks = [_Mark(blob(0.0, 1.2, 0.34, 0.55), pet.light)] if pet.marking in ("blaze", "socks") else []
    if pet.marking == "tabby":
        marks = [_Mark(_stripe((s * 0.9, y), (s * 0.4, y + 0.1), 0.09), pet.dark) for s in (-1, 1) for y in (1.2, 1.5)]
    easel.fur(outline, pet.coat, marks)
    paws = pet.light if pet.marking in ("socks", "blaze") else pet.coat
    for side in (-1, 1):
        easel.fur(blob(side * 0.27, 1.75, 0.2, 0.5), pet.coat)
        easel.fur(blob(side * 0.29, 2.1, 0.25, 0.17), paws)
        for toe in (-0.08, 0.08):
            x = side * 0.29 + toe
            easel.line(np.array([(x, 2.1), (x, 2.22)]), pet.dark, 0.02)
    if pet.collar is not None:
        across = np.linspace(-0.56, 0.56, 9)
        easel.line(np.stack([across, 1.1 - 0.34 * across**2], axis=1), pet.collar, 0.13)
        easel.crisp(blob(0.0, 1.22, 0.1, 0.1), GOLD)


def _paint_ears(easel: _Easel, pet: Pet) -> None:
    painters: dict[str, Callable[[_Easel, Pet, int], None]] = {
        "pointed": _pointed_ear,
        "folded": _folded_ear,
        "floppy": _floppy_ear,
    }
    for side in (-1, 1):
        painters[pet.ears](easel, pet, side)


def _pointed_ear(easel: _Easel, pet: Pet, side: int) -> None:
    outer = _ear_outline(pet, side, 1.0)
    easel.fur(outer, pet.dark if pet.marking == "mask" else pet.coat, depth=-0.15)
    easel.fur(_ear_outline(pet, side, 0.62), _blend(pet.coat, TONGUE, 0.45), depth=-0.15)


def _ear_outline(pet: Pet, side: int, part: float) -> Points:
    """A triangle with bent sides and a tip; `part` shrinks it towards its root for the inner ear."""
    shape = pet.shape
    x, y = shape["ear_spread"] * shape["head_width"], -0.62 * shape["head_height"]
    width, length = shape["ear_width"] * 0.5 * part, shape["ear_length"] * (part * 1.05)
    tip_x = x + shape["ear_lean"] * length
    tip_y = y - length
    corners = [
        (x - width, y + 0.2),
        (x - width * 0.9, y - length * 0.35),
        (tip_x - 0.05, tip_y + 0.02),
        (tip_x + 0.04, tip_y),
        (x + width * 1.15, y - length * 0.25),
        (x + width * 1.0, y + 0.3),
    ]
    return smooth(np.array(corners) * (side, 1.0))


def _folded_ear(easel: _Easel, pet: Pet, side: int) -> None:
    """An ear whose tip hangs forward over its root."""
    shape = pet.shape
    x, y = shape["ear_spread"] * shape["head_width"], -0.78 * shape["head_height"]
    width, length = shape["ear_width"] * 0.55, shape["ear_length"] * 0.5
    corners = [
        (x - width * 0.9, y + 0.08),
        (x - width * 0.3, y - 0.2),
        (x + width * 0.8, y - 0.14),
        (x + width * 1.3, y + 0.2),
        (x + width * 0.9, y + length),
        (x + width * 0.7, y + length),
    ]
    easel.fur(smooth(np.array(corners) * (side, 1.0)), _ear_colour(pet), depth=-0.05, shadow=False)


def _floppy_ear(easel: _Easel, pet: Pet, side: int) -> None:
    """A long drop that hangs down beside the head."""
    shape = pet.shape
    x, y = 0.78 * shape["head_width"], -0.66 * shape["head_height"]
    width, length = shape["ear_width"] * 0.5, shape["ear_length"] * 1.25
    out = x + 0.12 + shape["ear_lean"] * 0.5
    corners = [
        (x - width * 1.1, y + 0.02),
        (x - width * 0.2, y - 0.18),
        (out + width * 0.5, y + 0.02),
        (out + width, y + length * 0.6),
        (out + width * 0.5, y + length),
        (out - width * 0.4, y + length * 0.95),
        (x - width * 0.5, y + length * 0.5),
    ]
    easel.fur(smooth(np.array(corners) * (side, 1.0)), _ear_colour(pet), depth=-0.05)


def _ear_colour(pet: Pet) -> Bgr:
    return pet.dark if pet.marking in ("mask", "patch") else _blend(pet.coat, pet.dark, 0.35)


def _head_outline(pet: Pet) -> Points:
    width, height, chin = pet.shape["head_width"], pet.shape["head_height"], pet.shape["chin"]
    half = [
        (0.0, -height * 1.12),
        (width * 0.4, -height * 1.1),
        (width * 0.88, -height * 0.72),
        (width * 1.06, -height * 0.1),
        (width * 1.06, height * 0.4),
        (width * 0.68, height * 0.92),
        (chin, height * 1.08),
        (0.0, height * 1.1),
    ]
    return smooth(mirrored(half))


def _head_marks(pet: Pet) -> list[_Mark]:
    if pet.marking == "tabby":
        return _tabby_marks(pet)
    if pet.marking == "patch":
        return [_Mark(blob(pet.side * 0.48, -0.3, 0.46, 0.56, 0.3 * pet.side), pet.dark)]
    if pet.marking == "blaze":
        low = blob(0.0, 0.62, 0.62, 0.5)
        return [
            _Mark(smooth(mirrored([(0.0, -1.1), (0.1, -1.0), (0.1, -0.3), (0.42, 0.5), (0.0, 0.7)])), pet.light),
            _Mark(low, pet.light),
        ]
    if pet.marking == "mask":
        return [_Mark(blob(0.0, 0.4, 0.62, 0.55), pet.dark)] + [
            _Mark(blob(side * 0.4, -0.1, 0.3, 0.26), pet.dark) for side in (-1, 1)
        ]
    return [_Mark(blob(0.0, 0.66, 0.5, 0.34), pet.light)] if pet.marking == "socks" else []


def _tabby_marks(pet: Pet) -> list[_Mark]:
    """Stripes on the forehead and the cheeks."""
    marks = [_Mark(_stripe((0.0, -1.0), (0.0, -0.45), 0.1), pet.dark)]
    for side in (-1, 1):
        marks.append(_Mark(_stripe((side * 0.34, -1.0), (side * 0.2, -0.5), 0.09), pet.dark))
        for y in (0.0, 0.24, 0.48):
            marks.append(_Mark(_stripe((side * 1.15, y - 0.06), (side * 0.66, y + 0.08), 0.08), pet.dark))
    return marks


def _paint_eyes(easel: _Easel, pet: Pet) -> None:
    for side in (-1, 1):
        if pet.sleepy:
            across = np.linspace(-1.0, 1.0, 9)
            size = pet.shape["eye_size"]
            arc = np.stack([side * 0.42 + across * size, -0.1 + size * 0.5 * (1 - across**2)], axis=1)
            easel.line(arc, INK, 0.06, depth=0.3)
        else:
            _paint_eye(easel, pet, side)


def _paint_eye(easel: _Easel, pet: Pet, side: int) -> None:
    """An almond of ink, the iris, a pupil from slit to round, two glints."""
    size, height, slant = pet.shape["eye_size"], pet.shape["eye_height"], pet.shape["eye_slant"] * -side
    x, y, depth = side * 0.42 * (0.5 + 0.5 * pet.shape["head_width"]), -0.14, 0.3
    easel.crisp(_almond(x, y, size * 1.2, size * height * 1.22, slant), INK, depth)
    easel.crisp(_almond(x, y, size, size * height, slant), _blend(pet.eyes, INK, 0.25), depth)
    easel.crisp(_almond(x, y + size * 0.12, size * 0.86, size * height * 0.8, slant), pet.eyes, depth)
    pupil = min(pet.shape["pupil"], height)
    easel.crisp(blob(x, y, size * pupil, size * height * 0.86), INK, depth)
    easel.crisp(blob(x - size * 0.28, y - size * height * 0.36, size * 0.22, size * 0.22), GLINT, depth)
    easel.crisp(blob(x + size * 0.26, y + size * height * 0.34, size * 0.1, size * 0.1), GLINT, depth)


def _paint_muzzle(easel: _Easel, pet: Pet) -> None:
    """Bridge, tongue, chin, two pads, the nose and the line of the mouth."""
    shape = pet.shape
    width, drop, depth = shape["muzzle_width"], shape["muzzle_drop"], shape["muzzle_depth"]
    pale = pet.light if pet.marking in ("blaze", "socks") else _blend(pet.coat, pet.light, 0.35)
    colour = pet.dark if pet.marking == "mask" else pale
    nose_y = drop - width * 0.42
    mouth_y = drop + width * 0.42
    if depth > 0.6:
        easel.fur(blob(0.0, nose_y - 0.12, width * 0.52, 0.42), _blend(pet.coat, colour, 0.5), depth=depth * 0.6)
    if shape["tongue"] > 0.0:
        long = 0.16 + shape["tongue"] * 0.5
        easel.fur(blob(0.0, mouth_y + long * 0.5, 0.15, long), TONGUE, depth=depth * 0.8)
    easel.fur(blob(0.0, mouth_y, width * 0.5, width * 0.36), colour, depth=depth * 0.7)
    if shape["tongue"] > 0.0:
        long = 0.12 + shape["tongue"] * 0.45
        easel.fur(blob(0.0, mouth_y + long * 0.7, 0.14, long), TONGUE, depth=depth * 0.85)
    for side in (-1, 1):
        easel.fur(blob(side * width * 0.46, drop + width * 0.1, width * 0.58, width * 0.48), colour, depth=depth)
    easel.line(np.array([(0.0, nose_y), (0.0, drop + width * 0.3)]), INK, 0.035, depth)
    for side in (-1, 1):
        across = np.linspace(0.0, 1.0, 8)
        curve = np.stack([side * across * width * 0.7, drop + width * (0.3 + 0.3 * np.sin(across * 2.6))], axis=1)
        easel.line(curve, INK, 0.035, depth)
    _paint_nose(easel, pet, nose_y, depth)


def _paint_nose(easel: _Easel, pet: Pet, y: float, depth: float) -> None:
    size, roundness = pet.shape["nose_size"], pet.shape["nose_round"]
    angles = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    circle = np.stack([np.cos(angles) * 1.15, np.sin(angles) * 0.85], axis=1)
    wedge = circle * np.stack([np.clip(0.62 - 0.6 * np.sin(angles), 0.05, 1.1), np.full(32, 0.85)], axis=1)
    outline = wedge + (circle - wedge) * roundness
    easel.crisp(outline * size + (0.0, y), pet.nose, depth)
    easel.crisp(blob(-size * 0.25, y - size * 0.42, size * 0.4, size * 0.16), _blend(pet.nose, GLINT, 0.45), depth)
    if roundness > 0.5:
        for side in (-1, 1):
            easel.crisp(blob(side * size * 0.5, y + size * 0.15, size * 0.24, size * 0.16), INK, depth)


def _paint_whiskers(easel: _Easel, pet: Pet) -> None:
    length = pet.shape["whiskers"]
    if length <= 0.0:
        return
    root, y = pet.shape["muzzle_width"] * 0.6, pet.shape["muzzle_drop"]
    ink = pet.light if sum(pet.coat) < 380 else _blend(pet.dark, INK, 0.4)
    along = np.linspace(0.0, 1.0, 6)
    for side in (-1, 1):
        for rise in (-0.22, 0.0, 0.2):
            x = side * (root + along * length)
            easel.line(np.stack([x, y + rise * (0.3 + along) + 0.1 * along**2], axis=1), ink, 0.016, 0.45)


def blob(x: float, y: float, radius_x: float, radius_y: float, angle: float = 0.0) -> Points:
    """Outline an ellipse turned by `angle` radians: (32, 2)."""
    angles = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    across, down = np.cos(angles) * radius_x, np.sin(angles) * radius_y
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([x + across * c - down * s, y + across * s + down * c], axis=1)


def smooth(corners: Points, rounds: int = 3) -> Points:
    """Round a closed polygon by cutting its corners (Chaikin 1974): each round doubles the points."""
    points = np.asarray(corners, np.float64)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        pair = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1)
        points = pair.reshape(-1, 2)  # (points, 2, 2) -> (2 * points, 2)
    return points


def mirrored(half: Sequence[tuple[float, float]]) -> Points:
    """Close a right half outline, top to bottom, with its mirror image."""
    right = np.array(half, np.float64)
    return np.concatenate([right, right[-2:0:-1] * (-1.0, 1.0)])


def _almond(x: float, y: float, radius_x: float, radius_y: float, angle: float) -> Points:
    """An ellipse with pointed corners at its sides."""
    angles = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    across = np.cos(angles) * radius_x
    down = np.sin(angles) * np.abs(np.sin(angles)) ** 0.35 * radius_y
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([x + across * c - down * s, y + across * s + down * c], axis=1)


def _stripe(start: tuple[float, float], end: tuple[float, float], width: float) -> Points:
    """A thorn: `width` wide at its start, pointed at its end."""
    a, b = np.array(start), np.array(end)
    across = (b - a)[::-1] * (-1.0, 1.0)
    across = across / np.linalg.norm(across) * width / 2
    return smooth(np.stack([a - across, a + across, (a + b) / 2 + across, b, (a + b) / 2 - across]), 2)


def _blend(first: Bgr, second: Bgr, share: float) -> Bgr:
    b, g, r = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return b, g, r


@lru_cache(maxsize=8)
def _fur_texture(size_px: int) -> npt.NDArray[np.uint8]:
    """Hair that runs outwards from the nose: (size_px, size_px) uint8, 128 leaves a colour as it is."""
    rng = np.random.default_rng(7)
    hair = rng.normal(0.0, 1.0, (_FUR_SIZE, _FUR_SIZE)).astype(np.float32)
    hair = cv2.blur(hair, (31, 1)) * 4.0 + cv2.blur(hair, (71, 5)) * 6.0  # long along the radius
    centre = (_FUR_SIZE / 2, _FUR_SIZE / 2)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    hair = cv2.warpPolar(hair, (_FUR_SIZE, _FUR_SIZE), centre, _FUR_SIZE * 0.75, flags)
    texture = np.clip(128.0 * (1.0 + _FUR_DEPTH * hair / hair.std()), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(texture, (size_px, size_px), interpolation=cv2.INTER_AREA), np.uint8)
