"""Which part of a frame is classified, and which way up."""

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
        """Return this part of a picture as a view; nothing is copied."""
        part: Image = image_bgr[self.y : self.y + self.height, self.x : self.x + self.width]
        return part

    def fractions_of(self, image_bgr: Image) -> tuple[float, float, float, float]:
        """Return left, top, width and height as fractions of a picture."""
        height, width = image_bgr.shape[:2]
        return self.x / width, self.y / height, self.width / width, self.height / height


@dataclass(frozen=True)
class Orientation:
    """How a frame is turned upright.

    Attributes:
        degrees: clockwise: 0, 90, 180 or 270.
        mirror: left and right exchanged, after rotating.
    """

    degrees: int = 0
    mirror: bool = False

    def apply(self, image_bgr: Image) -> Image:
        """Return the picture turned upright; the same one if there is nothing to do."""
        image = image_bgr if self.degrees == 0 else cv2.rotate(image_bgr, _ROTATIONS[self.degrees])
        return cv2.flip(image, 1) if self.mirror else image

    def rotated_90(self) -> Orientation:
        """Return this orientation, rotated clockwise by another 90°."""
        return Orientation((self.degrees + 90) % 360, self.mirror)

    def mirrored(self) -> Orientation:
        """Return this orientation with left and right exchanged."""
        return Orientation(self.degrees, not self.mirror)


UPRIGHT = Orientation()
"""Frames as they come."""


@dataclass(frozen=True)
class Region:
    """The part of the upright picture that is classified, as the user gave it.

    Attributes:
        x: of the left edge.
        y: of the upper edge.
        width: above 0.
        height: above 0.
        fractions: whether these are fractions of the picture (all 0..1) rather than pixels.
    """

    x: float
    y: float
    width: float
    height: float
    fractions: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `x,y,w,h`; if no number is above 1 they are fractions, otherwise pixels.

        Raises:
            UsageError: it is not a region.
        """
        way_out = "give x,y,width,height in pixels (100,0,400,400) or as fractions (0.25,0,0.5,1)"
        try:
            x, y, width, height = (float(part) for part in text.split(","))
        except ValueError as error:
            raise UsageError(f"`--roi {text}` is not a region; {way_out}") from error
        if not all(math.isfinite(value) and value >= 0 for value in (x, y, width, height)) or 0 in (width, height):
            raise UsageError(
                f"`--roi {text}` is not a region: no number may be negative, and width and height not 0; {way_out}"
            )
        return cls(x, y, width, height, fractions=max(x, y, width, height) <= 1.0)

    def box_in(self, width_px: int, height_px: int) -> Box | None:
        """Return the region in a picture of this size, cut off at its edges; None: it lies outside."""
        across, down = (width_px, height_px) if self.fractions else (1, 1)
        left, top = round(self.x * across), round(self.y * down)
        right = min(width_px, max(left + 1, round((self.x + self.width) * across)))
        bottom = min(height_px, max(top + 1, round((self.y + self.height) * down)))
        return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None

    def __str__(self) -> str:
        return ",".join(f"{value:g}" for value in (self.x, self.y, self.width, self.height))
