"""How often and how far offline augmentation changes a photograph."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation
from train.settings import check_settings, fields_of, same_setting, setting

STYLE = "style"
"""Name of the operation that paints in another style; it has a method of its own instead of a number here."""


@dataclass(frozen=True)
class OfflineAugmentation:
    """What may happen to a copy: training's own augmentation, with a number drawn anew for each copy."""

    flip: float = setting(
        0.5, "share of copies that are mirrored left to right", metavar="SHARE", words="flip", within=(0, 1)
    )
    rotate_degrees: float = same_setting(Augmentation, "rotate_degrees", 15.0)
    zoom: float = same_setting(Augmentation, "zoom", 0.15)
    translate: float = same_setting(Augmentation, "translate", 0.1)
    crop: float = same_setting(Augmentation, "crop", 0.8)
    brightness: float = same_setting(Augmentation, "brightness", 0.2)
    contrast: float = same_setting(Augmentation, "contrast", 0.2)
    saturation: float = same_setting(Augmentation, "saturation", 0.3, within=(0, 2))
    hue: float = same_setting(Augmentation, "hue", 8.0 / 360.0)
    noise: float = same_setting(
        Augmentation, "noise", 8.0, help="largest standard deviation of Gaussian noise, in levels of 0..255"
    )
    equalize: float = same_setting(Augmentation, "equalize", 0.1)
    clahe: float = same_setting(Augmentation, "clahe", 0.1)
    erase: float = same_setting(Augmentation, "erase", 0.25)

    def __post_init__(self) -> None:
        check_settings(self, "augmentation")

    def amount(self, operation: str) -> float | None:
        """Return the number that belongs to an operation; None: it is off."""
        field = FIELDS[operation]
        value = float(getattr(self, field.name))
        return None if value == field.setting.off else value


FIELDS = {field.name.split("_")[0]: field for field in fields_of(OfflineAugmentation)}
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
    left_out = {field.name: field.setting.off for name, field in FIELDS.items() if name not in operations}
    contradicted = sorted(set(given) & set(left_out))
    if contradicted:
        raise UsageError(
            f"{contradicted[0]} has a number and is not among the only operations ({', '.join(operations)}); "
            "add it to them or leave its number out"
        )
    always = {FIELDS[name].name: 1.0 for name in SHARES if name in operations and FIELDS[name].name not in given}
    return replace(settings, **left_out, **always)
