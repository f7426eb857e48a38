"""Which part of a frame is looked at, and which way up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2

from edge_app.common.errors import UsageError
from edge_app.photographs.decoder import Image

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Box(NamedTuple):
    """A rectangle of a picture, pixels."""

    x: int
    y: int
    width: int
    height: int

    def cut(self, image_bgr: Image) -> Image:
        """Return this part of a picture; a view, nothing is copied."""
        part: Image = image_bgr[self.y : self.y + self.height, self.x : self.x + self.width]
        return part


@dataclass(frozen=True)
class Turn:
    """How a picture is set upright.

    Attributes:
        degrees: clockwise: 0, 90, 180 or 270.
        mirror: left and right exchanged, after turning.
    """

    degrees: int = 0
    mirror: bool = False

    def apply(self, image_bgr: Image) -> Image:
        """Return the turned picture; the same one where nothing is to do."""
        image = image_bgr if self.degrees == 0 else cv2.rotate(image_bgr, _ROTATIONS[self.degrees])
        return cv2.flip(image, 1) if self.mirror else image

    def quarter_further(self) -> Turn:
        """Return this turn and 90° more."""
        return Turn((self.degrees + 90) % 360, self.mirror)

    def mirrored(self) -> Turn:
        """Return this turn with left and right exchanged."""
        return Turn(self.degrees, not self.mirror)


UPRIGHT = Turn()
"""As the frame comes."""


@dataclass(frozen=True)
class Region:
    """The part of the upright picture that is classified, as the user gave it.

    Attributes:
        x: of the left edge.
        y: of the upper edge.
        width: above 0.
        height: above 0.
        fractions: whether these are parts of the picture (all 0..1), not pixels.
    """

    x: float
    y: float
    width: float
    height: float
    fractions: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `x,y,w,h`; numbers that are all at most 1 are fractions, others pixels.

        Raises:
            UsageError: it is no region.
        """
        way_out = "give x,y,width,height in pixels (100,0,400,400) or as fractions (0.25,0,0.5,1)"
        try:
            x, y, width, height = (float(part) for part in text.split(","))
        except ValueError as error:
            raise UsageError(f"`--roi {text}` is no region; {way_out}") from error
        if not all(math.isfinite(value) and value >= 0 for value in (x, y, width, height)) or 0 in (width, height):
            raise UsageError(f"`--roi {text}` is no region: nothing may be negative, width and height not 0; {way_out}")
        return cls(x, y, width, height, fractions=max(x, y, width, height) <= 1.0)

    def box(self, width_px: int, height_px: int) -> Box | None:
        """Return the region in a picture of this size, cut at its edges; None where nothing of it is inside."""
        across, down = (width_px, height_px) if self.fractions else (1, 1)
        left, top = round(self.x * across), round(self.y * down)
        right = min(width_px, max(left + 1, round((self.x + self.width) * across)))
        bottom = min(height_px, max(top + 1, round((self.y + self.height) * down)))
        return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None

    def __str__(self) -> str:
        return ",".join(f"{value:g}" for value in (self.x, self.y, self.width, self.height))
