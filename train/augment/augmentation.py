"""How strongly photographs are changed in training; imports no TensorFlow: recipes hold an `Augmentation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_app.common.errors import UsageError
from train.settings import check_settings, setting

SMALLEST_CROP = 0.01
"""Below a hundredth of the area a crop shows nothing of a photograph."""

CROP_ASPECT = 4.0 / 3.0
"""Width over height of a random-resized crop, at most, and 1 over it at least (Szegedy et al., arXiv:1409.4842)."""

ERASED_ASPECT = 1.0 / 0.3
"""The same of an erased rectangle: r1 = 0.3 of the paper (Zhong et al., arXiv:1708.04896)."""

TILES = 8
"""Of CLAHE, along each side (Zuiderveld, Graphics Gems IV, 1994)."""


@dataclass(frozen=True)
class Augmentation:
    """How strongly photographs are changed; the defaults move them and leave their colours alone.

    Attributes:
        erase_area: smallest and largest share of the area that an erased rectangle takes.
    """

    flip: bool = setting(True, "mirror no photographs; otherwise every second one is mirrored left to right")
    rotate_degrees: float = setting(
        15.0,
        "turn by at most this much, to either side",
        option="--rotate",
        metavar="DEGREES",
        words="rotation in degrees",
        within=(0, 180),
    )
    zoom: float = setting(0.2, "enlarge or shrink by at most this share", metavar="SHARE", within=(0, 0.95))
    translate: float = setting(
        0.1,
        "shift by at most this share of the side, in both directions",
        metavar="SHARE",
        words="translation",
        within=(0, 0.95),
    )
    crop: float = setting(
        1.0,
        "smallest share of the area that a random-resized crop keeps; 1: off",
        metavar="SHARE",
        within=(SMALLEST_CROP, 1),
        off=1.0,
    )
    noise: float = setting(
        0.0, "standard deviation of Gaussian noise, in levels of 0..255", metavar="LEVELS", within=(0, 255)
    )
    brightness: float = setting(0.0, "brighten or darken by at most this share", metavar="SHARE", within=(0, 1))
    contrast: float = setting(0.0, "raise or lower contrast by at most this share", metavar="SHARE", within=(0, 1))
    saturation: float = setting(0.0, "raise or lower saturation by at most this share", metavar="SHARE", within=(0, 1))
    hue: float = setting(0.0, "turn hues by at most this share of the colour circle", metavar="SHARE", within=(0, 0.5))
    equalize: float = setting(
        0.0,
        "probability that the histogram of the luminance is equalized",
        metavar="PROBABILITY",
        words="equalization",
        within=(0, 1),
    )
    clahe: float = setting(
        0.0,
        "probability that it is equalized tile by tile, with limited contrast (CLAHE)",
        metavar="PROBABILITY",
        words="local equalization (CLAHE)",
        within=(0, 1),
    )
    erase: float = setting(
        0.0,
        "probability that a rectangle is filled with random pixels (arXiv:1708.04896)",
        metavar="PROBABILITY",
        words="erasing",
        within=(0, 1),
    )
    erase_area: tuple[float, float] = (0.02, 0.33)

    def __post_init__(self) -> None:
        check_settings(self, "augmentation")
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

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Augmentation:
        """Return what the recipe in a `run.json` holds.

        Raises:
            TypeError: it holds other fields.
        """
        low, high = content["erase_area"]
        return cls(**{**content, "erase_area": (low, high)})

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
