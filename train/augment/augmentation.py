"""How strongly photographs are changed in training; imports no TensorFlow: recipes hold an `Augmentation`."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.common.errors import UsageError

SMALLEST_CROP = 0.01
"""Below a hundredth of the area a crop shows nothing of a photograph."""


@dataclass(frozen=True)
class Augmentation:
    """How strongly photographs are changed; the defaults move them and leave their colours alone.

    Attributes:
        flip: mirror every second photograph left to right.
        rotate_degrees: at most, to either side.
        zoom: at most this share larger or smaller.
        translate: at most this share of the side, in both directions.
        crop: smallest share of the area that a random-resized crop keeps; its aspect ratio is 3/4 to 4/3; 1: off.
        noise: standard deviation of Gaussian noise, levels of 0..255.
        brightness: pixels are multiplied by 1 ± at most this share.
        contrast: distances from the photograph's mean grey are multiplied by 1 ± at most this share.
        saturation: distances of a pixel from its grey are multiplied by 1 ± at most this share; 1 reaches grey.
        hue: hues are turned by at most this share of the colour circle, to either side; 0.5 reaches every hue.
        equalize: probability that the histogram of the luminance is equalized over the whole photograph.
        clahe: probability that it is equalized tile by tile with limited contrast. No photograph gets both.
        erase: probability that a rectangle is filled with random bytes (Zhong et al., arXiv:1708.04896).
        erase_area: smallest and largest share of the area that the rectangle takes.
    """

    flip: bool = True
    rotate_degrees: float = 15.0
    zoom: float = 0.2
    translate: float = 0.1
    crop: float = 1.0
    noise: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    equalize: float = 0.0
    clahe: float = 0.0
    erase: float = 0.0
    erase_area: tuple[float, float] = (0.02, 0.33)

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("rotation in degrees", self.rotate_degrees, 0, 180),
            ("zoom", self.zoom, 0, 0.95),
            ("translation", self.translate, 0, 0.95),
            ("crop", self.crop, SMALLEST_CROP, 1),
            ("noise", self.noise, 0, 255),
            ("brightness", self.brightness, 0, 1),
            ("contrast", self.contrast, 0, 1),
            ("saturation", self.saturation, 0, 1),
            ("hue", self.hue, 0, 0.5),
            ("equalization", self.equalize, 0, 1),
            ("local equalization (CLAHE)", self.clahe, 0, 1),
            ("erasing", self.erase, 0, 1),
        ):
            if not low <= value <= high:
                raise UsageError(f"augmentation needs {what} from {low} to {high}, received {value}")
        if self.equalize + self.clahe > 1:
            raise UsageError(
                f"no photograph is equalized twice: the probabilities {self.equalize} and {self.clahe} (CLAHE) must "
                "be at most 1 together; lower one of them"
            )
        smallest, largest = self.erase_area
        if not 0 < smallest <= largest < 1:
            raise UsageError(
                f"erasing needs areas above 0 and below 1, the smaller one first, received {smallest} and {largest}; "
                "try 0.02 and 0.33"
            )

    @property
    def moves(self) -> bool:
        """Whether photographs are resampled."""
        return bool(self.flip or self.rotate_degrees or self.zoom or self.translate or self.crop < 1)

    @property
    def recolours(self) -> bool:
        """Whether pixels change where they are."""
        colour = self.brightness or self.contrast or self.saturation or self.hue
        return bool(colour or self.noise or self.equalize or self.clahe or self.erase)

    @property
    def is_off(self) -> bool:
        """Whether photographs stay as they are."""
        return not (self.moves or self.recolours)


OFF = Augmentation(flip=False, rotate_degrees=0.0, zoom=0.0, translate=0.0)
"""Photographs stay as they are."""
