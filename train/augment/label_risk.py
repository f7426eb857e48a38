"""Warnings about augmentation that may change what a photograph shows, judged by the names of the classes.

Names are all there is to judge by, so these are warnings and never refusals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_SIDES = frozenset({"left", "right", "leftward", "rightward", "clockwise", "counterclockwise", "east", "west"})
_WRITING = frozenset({"text", "digit", "letter", "number", "character", "word", "handwriting", "sign", "captcha"})
_DIRECTIONS = frozenset(
    {"up", "down", "top", "bottom", "upward", "downward", "north", "south", "horizontal", "vertical"}
)
_COLOURS = frozenset(
    {"red", "orange", "yellow", "green", "blue", "purple", "violet", "pink", "brown", "cyan", "magenta", "turquoise"}
    | {"beige", "gold", "golden", "silver", "blond", "tan", "ripe", "unripe", "rusty"}
)
_GREYS = frozenset({"black", "white", "grey", "gray", "dark", "bright", "light", "pale", "day", "night"})

_UNMIRRORED = frozenset("08ahimotuvwxy")  # a mirror leaves these characters readable
_TURNED = (("6", "9"), ("n", "u"), ("b", "q"), ("d", "p"), ("m", "w"), ("n", "z"), ("66", "99"))

_TURN_DEGREES = 45.0  # nearer to the wrong direction than to the right one
_TURN_CHARACTER_DEGREES = 90.0  # a 6 is read as a 9 once it lies on its side
_HUE = 0.05  # 18 degrees of the colour circle: from orange to yellow or to red
_SATURATION = 0.7
_BRIGHTNESS = 0.4
_CROP = 0.2
_ERASED = 0.4  # sh of the paper: nobody there erased more
_SHIFT = 0.4
_NOISE = 50.0  # the standard deviation of a typical photograph is about 60 levels


def label_risks(labels: Sequence[str], augmentation: Augmentation) -> list[str]:
    """Return a sentence per change that may turn a photograph into one of another class, or of none.

    Args:
        labels: names of the classes.
        augmentation: what is about to be done to them.

    Raises:
        UsageError: the labels are one text.
    """
    if isinstance(labels, str):
        raise UsageError(f"`labels` is a tuple of names, not one text; received {labels!r}")
    words = {label: {word.lower() for word in _WORD.findall(label)} for label in labels}
    return [
        *_mirror_risks(words, augmentation),
        *_turn_risks(words, augmentation),
        *_colour_risks(words, augmentation),
        *_loss_risks(augmentation),
    ]


def _mirror_risks(words: dict[str, set[str]], augmentation: Augmentation) -> list[str]:
    if not augmentation.flip:
        return []
    risks = []
    if sided := _named(words, _SIDES):
        risks.append(f"flipping turns left into right, and {sided} say a side in their names; switch it off")
    written = [label for label, some in words.items() if some & _WRITING or _characters(some) - _UNMIRRORED]
    if written:
        risks.append(f"flipping mirrors writing, and {_listed(written)} sound like characters or text; switch it off")
    return risks


def _turn_risks(words: dict[str, set[str]], augmentation: Augmentation) -> list[str]:
    risks, degrees = [], augmentation.rotate_degrees
    characters = {word for some in words.values() for word in _characters(some)}
    pairs = [pair for pair in _TURNED if characters.issuperset(pair)]
    if pairs and degrees >= _TURN_CHARACTER_DEGREES:
        one, other = pairs[0]
        risks.append(f"turned by up to {degrees:g} degrees, `{one}` becomes `{other}`; stay below 45")
    if degrees >= _TURN_DEGREES and (directed := _named(words, _DIRECTIONS | _SIDES)):
        risks.append(f"turned by up to {degrees:g} degrees, {directed} may point another way; stay below 30")
    return risks


def _colour_risks(words: dict[str, set[str]], augmentation: Augmentation) -> list[str]:
    risks = []
    strong = augmentation.hue >= _HUE or augmentation.saturation >= _SATURATION
    if strong and (coloured := _named(words, _COLOURS)):
        risks.append(
            f"{coloured} are told apart by their colour, which hue ±{augmentation.hue:g} and saturation "
            f"±{augmentation.saturation:g} change; set hue to 0 and saturation below 0.5"
        )
    levelled = augmentation.brightness >= _BRIGHTNESS or augmentation.equalize or augmentation.clahe
    if levelled and (grey := _named(words, _GREYS)):
        risks.append(
            f"{grey} are told apart by how bright they are, which brightness ±{augmentation.brightness:g} or histogram "
            "equalization takes away; keep brightness below 0.2 and do not equalize"
        )
    return risks


def _loss_risks(augmentation: Augmentation) -> list[str]:
    """What may leave nothing of the object, whatever it is."""
    risks = []
    if augmentation.crop < _CROP:
        risks.append(
            f"a crop of {augmentation.crop:.0%} of the area may miss the object; keep at least {_CROP:.0%}, or more "
            "where objects are small"
        )
    if augmentation.erase and augmentation.erase_area[1] > _ERASED:
        risks.append(f"erasing up to {augmentation.erase_area[1]:.0%} of the area may hide the object; stay below 40%")
    if augmentation.translate > _SHIFT:
        risks.append(f"shifting by up to {augmentation.translate:.0%} may push the object out; stay below {_SHIFT:.0%}")
    if augmentation.noise > _NOISE:
        risks.append(f"noise of {augmentation.noise:g} levels is as strong as the picture itself; stay below 25")
    return risks


def _named(words: dict[str, set[str]], risky: frozenset[str]) -> str:
    return _listed([label for label, some in words.items() if some & risky])


def _listed(labels: Sequence[str]) -> str:
    """At most three names, and how many more there are; empty without any."""
    shown = ", ".join(f"`{label}`" for label in labels[:3])
    return shown if len(labels) <= 3 else f"{shown} and {len(labels) - 3} more"


def _characters(words: set[str]) -> set[str]:
    """Return the single letters and the numbers of a name like `7` or `digit 7`; `class 7` is an enumeration."""
    alone = words - _WRITING
    return alone if all(len(word) == 1 or word.isdigit() for word in alone) else set()
