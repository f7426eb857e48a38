"""The model that comes with the app, so that it runs before anybody has trained one.

`NOTICE` beside it says from which photographs it was made, under which terms, and how good it is. Both are written by
`fieldlens convert starter`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_app.model.card import ModelCard

STARTER = Path(__file__).parent / "cats-dogs-int8.tflite"
"""A small MobileNetV2 that tells cats from dogs; bytes in, bytes out."""

NOTICE = STARTER.with_name("NOTICE")
"""Photographs, terms, accuracy and threshold, in words."""


def introduce() -> Path:
    """Tell on stderr what the starter is and how to train a better model.

    Returns:
        the starter.

    Raises:
        ModelFileError: the installation lost it.
    """
    from edge_app.common.notices import note

    for sentence in introduction():
        note(sentence)
    return STARTER


def introduction() -> tuple[str, str]:
    """Return a line about the starter, from its own card, and one about training a better model.

    Raises:
        ModelFileError: the installation lost it.
    """
    from edge_app.model.card import NEITHER, read_own_card

    card = read_own_card(STARTER)
    facts = ["no MODEL given, so using the starter, which tells cats from dogs"]
    facts += _how_good(card)
    if card.neither_threshold is not None:
        facts.append(f"`{NEITHER}` where its score is below {card.neither_threshold:.2f}")
    return (
        ", ".join(facts),
        "teach labels of your own: fieldlens teach cup,phone,nothing --out photos/desk --train; "
        "train a better one: fieldlens train PHOTOS --out runs/big; fieldlens train PHOTOS --recipe custom_cnn "
        "--teacher runs/big --out runs/mine; fieldlens convert runs/mine",
    )


def _how_good(card: ModelCard) -> list[str]:
    """Say the lower accuracy of the card: the user's photographs are of yet another source."""
    own, other = card.accuracy, card.other_source
    if other is not None and (own is None or other.top1 <= own.top1):
        return [f"right on {other.top1:.1%} of {other.photographs:,} photographs of another source ({other.data})"]
    return [] if own is None else [f"right on {own.top1:.1%} of {own.photographs:,} photographs it never saw"]
