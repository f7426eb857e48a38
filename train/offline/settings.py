"""How often and how far offline augmentation changes a photograph."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from edge_app.common.errors import UsageError

STYLE = "style"
"""Name of the operation that paints in another style; it has a method of its own instead of a number here."""


@dataclass(frozen=True)
class OfflineAugmentation:
    """What may happen to a copy. Every number is drawn anew for each one, and 0 switches its operation off.

    Attributes:
        flip: share of copies that are mirrored left to right.
        rotate_degrees: at most, to either side.
        zoom: at most this share larger (and cut) or smaller (and the edge mirrored).
        translate: at most this share of the side, in both directions.
        crop: at most this share of the area is cut away, in another shape, and the rest stretched over the picture.
        brightness: at most this share brighter or darker.
        contrast: at most this share more or less, around the mean of the photograph.
        saturation: at most this share more or less.
        hue_degrees: at most, around the circle of hues.
        noise_levels: at most this standard deviation, of 255 levels.
        equalize: share of copies whose histogram of luminance is equalized.
        clahe: share of copies whose luminance is equalized region by region, with its contrast limited.
        erase: share of copies in which a rectangle is covered with noise.
    """

    flip: float = 0.5
    rotate_degrees: float = 15.0
    zoom: float = 0.15
    translate: float = 0.1
    crop: float = 0.2
    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.3
    hue_degrees: float = 8.0
    noise_levels: float = 8.0
    equalize: float = 0.1
    clahe: float = 0.1
    erase: float = 0.25

    def __post_init__(self) -> None:
        for field in fields(self):
            value, highest = getattr(self, field.name), HIGHEST.get(field.name, 1.0)
            if not 0 <= value <= highest:
                raise UsageError(f"{field.name} must be from 0 to {highest:g}, received {value:g}")

    def amount(self, operation: str) -> float:
        """Return the number that belongs to an operation."""
        return float(getattr(self, FIELDS[operation]))


HIGHEST = {
    "rotate_degrees": 180.0,
    "zoom": 0.9,
    "translate": 0.9,
    "crop": 0.95,
    "saturation": 2.0,
    "contrast": 0.95,
    "brightness": 0.95,
    "hue_degrees": 180.0,
    "noise_levels": 255.0,
}
"""Largest numbers; of the others 1."""

FIELDS = {field.name.split("_")[0]: field.name for field in fields(OfflineAugmentation)}
"""Field of each operation, as in `rotate`: `rotate_degrees`."""

SHARES = ("flip", "equalize", "clahe", "erase")
"""Operations whose number is the share of copies that they are done to."""


def only(settings: OfflineAugmentation, operations: Collection[str], given: Collection[str]) -> OfflineAugmentation:
    """Switch all other operations off, and do the chosen ones to every copy.

    Args:
        settings: with the numbers of the operations.
        operations: to keep.
        given: fields whose numbers the user chose: those stay as they are.

    Raises:
        UsageError: there is no such operation, or the number of one that is left out was chosen.
    """
    unknown = [name for name in operations if name not in (*FIELDS, STYLE)]
    if unknown:
        raise UsageError(f"unknown operation `{unknown[0]}`; choose of {', '.join((*FIELDS, STYLE))}")
    left_out = {field: 0.0 for name, field in FIELDS.items() if name not in operations}
    contradicted = sorted(set(given) & set(left_out))
    if contradicted:
        raise UsageError(
            f"{contradicted[0]} has a number and is not among the only operations ({', '.join(operations)}); "
            "add it to them or leave its number out"
        )
    always = {FIELDS[name]: 1.0 for name in SHARES if name in operations and FIELDS[name] not in given}
    return replace(settings, **left_out, **always)
