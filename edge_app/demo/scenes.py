"""Where a drawn pet sits, what is behind and before it, and the light and grain of the whole picture.

Nothing here knows whether the pet is a cat or a dog.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.demo.faces import SPRITE_CENTRE, SPRITE_SPAN
from edge_app.photographs.decoder import Image

SCALES = (0.2, 0.32)
"""Half the width of a head, as a share of the height of the picture."""

ASPECTS = (0.74, 1.06)
"""Width of a pet over its natural width: pictures are squashed to a square before they are classified."""

_GRAIN = 24.0  # standard deviation of a grain tile, in steps of 255
_GRAIN_MARGIN = 64  # room to shift a grain tile, pixels
_LIGHT_CELLS = 16  # light changes slowly: its map is made this small and enlarged
_GREY = 128
_SHARPENED = 0.9  # radius of sharpening, pixels of a picture 128 high


@dataclass(frozen=True)
class Pose:
    """Where a pet is in a picture whose width and height are 1.

    Attributes:
        x, y: the middle of the face, 0..1.
        scale: half the width of a head, as a share of the height.
        aspect: width over natural width.
        angle: turned clockwise, radians.
        yaw, pitch: perspective, the growth of the scale per face unit to the right and down.
    """

    x: float
    y: float
    scale: float
    aspect: float
    angle: float
    yaw: float
    pitch: float


@dataclass(frozen=True)
class Exposure:
    """The light and grain of one picture.

    Attributes:
        light: (height, width, 3) uint8, 128 leaves a pixel as it is.
        curve: (256,) uint8, the brightness that each brightness becomes.
        focus: above 0 the blur, standard deviation in pixels of a picture 128 high; below 0 how much edges are
            sharpened.
        grain: standard deviation, steps of 255.
    """

    light: Image
    curve: npt.NDArray[np.uint8]
    focus: float
    grain: float


def random_pose(rng: np.random.Generator) -> Pose:
    """Draw a place, size and tilt by lot."""
    scale = float(rng.uniform(*SCALES))
    return Pose(
        x=float(rng.uniform(0.38, 0.62)),
        y=float(rng.uniform(0.42, 0.56)),
        scale=scale,
        aspect=float(rng.uniform(*ASPECTS)),
        angle=float(np.clip(rng.normal(0.0, 0.16), -0.4, 0.4)),
        yaw=float(rng.uniform(-0.07, 0.07)),
        pitch=float(rng.uniform(-0.05, 0.05)),
    )


def place(sprite: npt.NDArray[np.uint8], pose: Pose, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Warp a sprite to its pose.

    Returns:
        (height, width, 4) uint8 BGRA, alpha premultiplied.
    """
    per_px = SPRITE_SPAN / sprite.shape[0]
    half = SPRITE_SPAN / 2
    to_face = np.array(
        [[per_px, 0.0, SPRITE_CENTRE[0] - half], [0.0, per_px, SPRITE_CENTRE[1] - half], [0.0, 0.0, 1.0]]
    )
    tilt = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [pose.yaw, pose.pitch, 1.0]])
    c, s = np.cos(pose.angle) * pose.scale, np.sin(pose.angle) * pose.scale
    to_unit = np.array([[c * pose.aspect, -s * pose.aspect, pose.x], [s, c, pose.y], [0.0, 0.0, 1.0]])
    to_px = np.diag([float(width), float(height), 1.0])
    matrix = to_px @ to_unit @ tilt @ to_face
    return np.asarray(cv2.warpPerspective(sprite, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def lay_over(background: Image, layer: npt.NDArray[np.uint8]) -> Image:
    """Lay a BGRA picture with premultiplied alpha over a background of its size."""
    alpha = cv2.extractChannel(layer, 3)
    kept = cv2.multiply(background, cv2.merge([255 - alpha] * 3), scale=1 / 255)
    return np.asarray(cv2.add(kept, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)), np.uint8)


def random_background(rng: np.random.Generator, width: int, height: int) -> Image:
    """Paint a place by lot: plain, room, meadow or a blurred something, with or without clutter."""
    painters: tuple[Callable[[np.random.Generator, Image], None], ...] = (_plain, _room, _meadow, _cloth)
    image = np.empty((height, width, 3), np.uint8)
    painters[rng.integers(len(painters))](rng, image)
    for _ in range(int(rng.integers(0, 7))):
        _clutter(rng, image)
    focus = float(rng.uniform(0.004, 0.02)) * height
    return np.asarray(_softened(image, focus), np.uint8)


def random_foreground(rng: np.random.Generator, image: Image) -> Image:
    """Let something soft hang or stand into the picture before the pet."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 3))):
        start = rng.uniform(0.0, 1.0, 2) * (width, height)
        direction = rng.uniform(0.0, 2 * np.pi)
        reach = np.array([np.cos(direction), np.sin(direction)]) * 1.5 * height
        thickness = max(1, round(float(rng.uniform(0.02, 0.09)) * height))
        cv2.line(mask, _corner(start - reach), _corner(start + reach), 255, thickness, cv2.LINE_AA)
    mask = _softened(mask, 0.012 * height)
    colour = np.empty_like(image)
    colour[:] = _colour(rng)
    kept = cv2.multiply(image, cv2.merge([255 - mask] * 3), scale=1 / 255)
    return np.asarray(cv2.add(kept, cv2.multiply(colour, cv2.merge([mask] * 3), scale=1 / 255)), np.uint8)


def random_exposure(rng: np.random.Generator, width: int, height: int) -> Exposure:
    """Draw light, colour cast, gamma, focus and grain by lot."""
    across = np.linspace(-1.0, 1.0, _LIGHT_CELLS)
    x, y = np.meshgrid(across, across)
    direction = rng.uniform(0.0, 2 * np.pi)
    slope = x * np.cos(direction) + y * np.sin(direction)
    light = rng.uniform(0.65, 1.15) * (1.0 + rng.uniform(0.0, 0.4) * slope)
    if rng.random() < 0.5:  # the shadow of a window frame or a tree
        edge = rng.uniform(-0.6, 0.6)
        light *= 1.0 - rng.uniform(0.1, 0.5) / (1.0 + np.exp((slope - edge) * rng.uniform(4.0, 20.0)))
    cast = np.clip(rng.normal(1.0, 0.06, 3), 0.75, 1.25)
    lit = np.clip(light[..., None] * cast * _GREY, 0, 255).astype(np.uint8)  # (cells, cells, 3)
    gamma = float(np.exp(rng.normal(0.0, 0.22)))
    curve = np.round(255.0 * (np.arange(256) / 255.0) ** gamma).astype(np.uint8)
    return Exposure(
        light=np.asarray(cv2.resize(lit, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8),
        curve=curve,
        focus=float(rng.uniform(-1.0, 1.2)),
        grain=float(rng.uniform(1.0, 9.0)),
    )


def expose(image: Image, exposure: Exposure, rng: np.random.Generator) -> Image:
    """Take the picture: light, focus, gamma and fresh grain.

    Args:
        image: (height, width, 3) uint8 BGR, of the size of the light map.
        exposure: light and grain.
        rng: of the grain only.

    Returns:
        A new picture of the same shape.
    """
    height, width = image.shape[:2]
    lit = cv2.multiply(image, exposure.light, scale=1 / _GREY)
    lit = cv2.LUT(_focused(lit, exposure.focus, height / 128), exposure.curve)
    top, left = (int(value) for value in rng.integers(0, _GRAIN_MARGIN, 2))
    grain = _grain_tile(width, height)[top : top + height, left : left + width]
    amount = exposure.grain / _GRAIN
    return np.asarray(cv2.addWeighted(lit, 1.0, grain, amount, -_GREY * amount), np.uint8)


def _plain(rng: np.random.Generator, image: Image) -> None:
    corners = np.array([[_colour(rng), _colour(rng)], [_colour(rng), _colour(rng)]], np.uint8)
    image[:] = cv2.resize(corners, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _room(rng: np.random.Generator, image: Image) -> None:
    """A wall, perhaps papered in stripes, a floor, and a window or picture."""
    height, width = image.shape[:2]
    image[:] = _colour(rng)
    if rng.random() < 0.5:
        stripe, step = _colour(rng), max(4, round(float(rng.uniform(0.06, 0.16)) * width))
        for x in range(0, width, step):
            image[:, x : x + step // 3] = stripe
    first = rng.uniform((-0.1, -0.1), (0.8, 0.3)) * (width, height)
    second = first + rng.uniform(0.2, 0.45, 2) * (width, height)
    frame = max(1, round(0.02 * height))
    cv2.rectangle(image, _corner(first), _corner(second), _colour(rng), -1)
    cv2.rectangle(image, _corner(first), _corner(second), _colour(rng), frame)
    floor = round(float(rng.uniform(0.55, 0.9)) * height)
    image[floor:] = _colour(rng)
    image[floor : floor + frame] = _colour(rng)


def _meadow(rng: np.random.Generator, image: Image) -> None:
    """Sky over grass, with blades of many greens."""
    height, width = image.shape[:2]
    horizon = round(float(rng.uniform(0.15, 0.7)) * height)
    image[:horizon] = np.clip(np.array([226, 190, 150]) + rng.normal(0.0, 24.0, 3), 0, 255)
    green = np.array([60, 140, 96]) + rng.normal(0.0, 22.0, 3)
    image[horizon:] = np.clip(green, 0, 255)
    roots = np.stack([rng.uniform(0, width, 60), rng.uniform(horizon, height, 60)], axis=1)
    leans = rng.normal(0.0, 0.03, 60) * width
    shades = np.clip(green + rng.normal(0.0, 26.0, (60, 1)), 0, 255)
    thick = max(1, height // 90)
    for root, lean, shade in zip(roots, leans, shades, strict=True):
        tip = root + np.array([lean, -0.12 * height])
        cv2.line(image, _corner(root), _corner(tip), shade.tolist(), thick, cv2.LINE_AA)


def _cloth(rng: np.random.Generator, image: Image) -> None:
    """A coarse random weave between two colours."""
    cells = int(rng.integers(4, 20))
    weave = rng.integers(0, 256, (cells, cells), dtype=np.uint8)
    weave = cv2.resize(weave, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    first = np.array(_colour(rng))
    second = first + rng.normal(0.0, 30.0, 3)
    ramp = first + (second - first) * (np.arange(256) / 255.0)[:, None]  # (256, 3)
    image[:] = cv2.LUT(cv2.merge([weave] * 3), np.clip(ramp, 0, 255).astype(np.uint8)[None])


def _clutter(rng: np.random.Generator, image: Image) -> None:
    """A ball, a cushion, a wedge or a stick: some look like ears, some like muzzles."""
    height, width = image.shape[:2]
    centre = rng.uniform(0.0, 1.0, 2) * (width, height)
    size = float(rng.uniform(0.03, 0.18)) * height
    colour, kind = _colour(rng), int(rng.integers(4))
    if kind == 0:
        axes = _corner((size, size * float(rng.uniform(0.5, 1.5))))
        cv2.ellipse(image, _corner(centre), axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(image, _corner(centre), _corner(centre + rng.uniform(0.5, 2.0, 2) * size), colour, -1)
    elif kind == 2:
        corners = centre + rng.uniform(-1.5, 1.5, (3, 2)) * size
        cv2.fillPoly(image, [np.round(corners).astype(np.int32)], colour, cv2.LINE_AA)
    else:
        end = centre + rng.normal(0.0, 3.0, 2) * size
        cv2.line(image, _corner(centre), _corner(end), colour, max(1, round(size * 0.15)), cv2.LINE_AA)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """A household colour: any hue, seldom shrill."""
    grey = rng.uniform(40.0, 225.0)
    b, g, r = (int(value) for value in np.clip(grey + rng.normal(0.0, 24.0, 3), 0, 255))
    return b, g, r


def _corner(point: npt.ArrayLike) -> tuple[int, int]:
    x, y = np.asarray(point, np.float64)
    return round(float(x)), round(float(y))


def _focused(image: Image, focus: float, scale: float) -> Image:
    """Blur, or sharpen as cameras do: by what a blur would take away."""
    if focus >= 0.0:
        return _softened(image, focus * scale)
    return np.asarray(cv2.addWeighted(image, 1.0 - focus, _softened(image, _SHARPENED * scale), focus, 0.0), np.uint8)


def _softened(image: npt.NDArray[np.uint8], sigma_px: float) -> npt.NDArray[np.uint8]:
    """Blur; two box means stand for a Gaussian where it is wide, for speed."""
    if sigma_px < 0.3:
        return image
    if sigma_px < 2.0:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)
    side = round(sigma_px * 6**0.5) | 1  # a box of n pixels has the variance n² / 12
    return np.asarray(cv2.blur(cv2.blur(image, (side, side)), (side, side)), np.uint8)


@lru_cache(maxsize=4)
def _grain_tile(width: int, height: int) -> Image:
    """Grain around grey, a margin larger than the picture: shifting it at random gives fresh grain cheaply."""
    shape = (height + _GRAIN_MARGIN, width + _GRAIN_MARGIN, 3)
    noise = np.random.default_rng(11).normal(_GREY, _GRAIN, shape)
    return np.clip(np.round(noise), 0, 255).astype(np.uint8)
