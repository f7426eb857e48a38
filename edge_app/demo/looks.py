"""What is random about one drawn cat or dog.

Cats and dogs differ in shape only, and `SHAPES` with `EAR_KINDS` is the whole difference. Coat, markings, eye colour,
nose colour and collar come from the same lists with the same odds for both, so that colour tells nothing.

Measures are in face units: one is about half the width of a head; (0, 0) is between the eyes and the nose, x grows to
the right, y grows down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bgr = tuple[int, int, int]

CLASSES = ("cat", "dog")

SHAPES: dict[str, dict[str, tuple[float, float]]] = {
    "cat": {
        "head_width": (0.95, 1.12),
        "head_height": (0.78, 0.92),
        "chin": (0.30, 0.46),
        "ear_length": (0.62, 1.0),
        "ear_width": (0.50, 0.74),
        "ear_spread": (0.46, 0.62),
        "ear_lean": (-0.05, 0.35),
        "eye_size": (0.20, 0.29),
        "eye_height": (0.62, 0.95),
        "eye_slant": (0.08, 0.36),
        "pupil": (0.18, 0.75),
        "muzzle_width": (0.34, 0.46),
        "muzzle_drop": (0.40, 0.50),
        "muzzle_depth": (0.35, 0.55),
        "nose_size": (0.09, 0.15),
        "nose_round": (0.0, 0.35),
        "whiskers": (0.55, 1.15),
        "tongue": (-1.1, 0.12),
    },
    "dog": {
        "head_width": (0.80, 1.02),
        "head_height": (0.84, 1.00),
        "chin": (0.36, 0.56),
        "ear_length": (0.62, 1.05),
        "ear_width": (0.46, 0.70),
        "ear_spread": (0.48, 0.64),
        "ear_lean": (0.0, 0.45),
        "eye_size": (0.14, 0.22),
        "eye_height": (0.78, 1.05),
        "eye_slant": (-0.22, 0.16),
        "pupil": (0.60, 0.85),
        "muzzle_width": (0.42, 0.60),
        "muzzle_drop": (0.46, 0.66),
        "muzzle_depth": (0.60, 1.0),
        "nose_size": (0.14, 0.25),
        "nose_round": (0.55, 1.0),
        "whiskers": (-0.8, 0.45),
        "tongue": (-0.5, 0.5),
    },
}
"""Where each measure of a face lies, in face units; drawn evenly. A negative length means: not there."""

EAR_KINDS = {
    "cat": {"pointed": 0.92, "folded": 0.08},
    "dog": {"floppy": 0.58, "folded": 0.2, "pointed": 0.22},
}

# Base, dark marking, light marking.
COATS: tuple[tuple[Bgr, Bgr, Bgr], ...] = (
    ((70, 140, 222), (38, 88, 170), (190, 224, 246)),  # ginger
    ((62, 58, 58), (34, 30, 32), (222, 226, 230)),  # black
    ((150, 142, 136), (96, 88, 84), (226, 226, 226)),  # grey
    ((226, 232, 238), (150, 168, 184), (246, 248, 250)),  # white
    ((168, 204, 230), (98, 138, 176), (226, 240, 248)),  # cream
    ((60, 88, 128), (34, 50, 80), (176, 204, 226)),  # brown
    ((104, 152, 196), (48, 66, 92), (204, 222, 238)),  # fawn
    ((120, 106, 92), (72, 60, 50), (214, 212, 208)),  # blue
)
MARKINGS = ("plain", "tabby", "patch", "blaze", "mask", "socks")
EYE_COLOURS: tuple[Bgr, ...] = ((60, 170, 214), (90, 178, 132), (44, 92, 150), (208, 166, 92), (50, 120, 186))
NOSE_COLOURS: tuple[Bgr, ...] = ((142, 138, 224), (46, 40, 44), (70, 78, 120))
COLLAR_COLOURS: tuple[Bgr, ...] = ((60, 60, 210), (190, 110, 40), (70, 160, 60), (50, 180, 230), (160, 70, 150))
COLLAR_ODDS = 0.45
SLEEPY_ODDS = 0.1
BRIGHTNESS_JITTER = 16.0  # standard deviation of all channels together, then of each by itself; steps of 255
HUE_JITTER = 5.0
TURN_REACH = 0.38
NOD_REACH = 0.2


@dataclass(frozen=True)
class Pet:
    """Everything random about one pet.

    Attributes:
        label: one of `CLASSES`.
        ears: "pointed", "folded" or "floppy".
        shape: one number for each name in `SHAPES`.
        coat, dark, light, eyes, nose, collar: BGR colours, 0..255; a collar of None is no collar.
        marking: one of `MARKINGS`.
        side: -1 or 1, the side of a patch.
        turn: the sine of the head's turn to the right.
        nod: the sine of the head's nod down.
        sleepy: whether the eyes are shut.
        light_from: 0..1, where the light comes from, left to right.
    """

    label: str
    ears: str
    shape: dict[str, float]
    coat: Bgr
    dark: Bgr
    light: Bgr
    eyes: Bgr
    nose: Bgr
    collar: Bgr | None
    marking: str
    side: int
    turn: float
    nod: float
    sleepy: bool
    light_from: float


def random_pet(rng: np.random.Generator, label: str) -> Pet:
    """Draw the looks of one pet by lot.

    Args:
        rng: moved on by the draw.
        label: one of `CLASSES`.
    """
    shape = {name: float(rng.uniform(low, high)) for name, (low, high) in SHAPES[label].items()}
    kinds = EAR_KINDS[label]
    ears = str(rng.choice(list(kinds), p=list(kinds.values())))
    coat, dark, light = COATS[rng.integers(len(COATS))]
    shift = rng.normal(0.0, BRIGHTNESS_JITTER) + rng.normal(0.0, HUE_JITTER, 3)
    collar = COLLAR_COLOURS[rng.integers(len(COLLAR_COLOURS))]
    return Pet(
        label=label,
        ears=ears,
        shape=shape,
        coat=_shifted(coat, shift),
        dark=_shifted(dark, shift),
        light=_shifted(light, shift),
        eyes=EYE_COLOURS[rng.integers(len(EYE_COLOURS))],
        nose=NOSE_COLOURS[rng.integers(len(NOSE_COLOURS))],
        collar=collar if rng.random() < COLLAR_ODDS else None,
        marking=MARKINGS[rng.integers(len(MARKINGS))],
        side=int(rng.choice((-1, 1))),
        turn=float(rng.uniform(-TURN_REACH, TURN_REACH)),
        nod=float(rng.uniform(-NOD_REACH, NOD_REACH)),
        sleepy=bool(rng.random() < SLEEPY_ODDS),
        light_from=float(rng.uniform(0.1, 0.9)),
    )


def _shifted(colour: Bgr, shift: npt.NDArray[np.float64]) -> Bgr:
    b, g, r = (int(np.clip(round(c + s), 8, 250)) for c, s in zip(colour, shift, strict=True))
    return b, g, r
