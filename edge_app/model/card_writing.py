"""Putting another card into a finished file: the network and the standard metadata stay as they are, byte by byte."""

from __future__ import annotations

from pathlib import Path

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import ModelFileError
from edge_app.model.card import ModelCard
from edge_app.model.metadata import CARD_FILE, appended_zip, zip_of


def replace_card(path: Path, card: ModelCard) -> None:
    """Write a card into the file of a model, atomically, in the place of the older one.

    Args:
        path: a file that FieldLens made.
        card: must describe its tensors.

    Raises:
        ModelFileError: it has no card of FieldLens, or its archive is damaged.
        OutputError: the system refused to write.
    """
    starts_at, members = appended_zip(path)
    if CARD_FILE not in members:
        raise ModelFileError(f"`{path}` has no model card of FieldLens; convert it with `fieldlens convert`")
    with path.open("rb") as file:
        network = file.read(starts_at)
    write_bytes(path, network + zip_of({**members, CARD_FILE: card.to_json().encode()}))
