"""Putting another card into a finished file: the network and the standard metadata stay as they are, byte by byte."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import ModelFileError
from edge_app.model.card import ModelCard
from edge_app.model.metadata import CARD_FILE

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same card gives the same bytes


def replace_card(path: Path, card: ModelCard) -> None:
    """Write a card into the file of a model, atomically, in the place of the older one.

    Args:
        path: a file that FieldLens made.
        card: must describe its tensors.

    Raises:
        ModelFileError: it has no card of FieldLens, or its archive is damaged.
        OutputError: the system refused to write.
    """
    content = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {one.filename: archive.read(one) for one in archive.infolist()}
            starts_at = min(one.header_offset for one in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelFileError(f"`{path}` has no readable archive for a card ({error}); convert it again") from error
    if CARD_FILE not in members:
        raise ModelFileError(f"`{path}` has no model card of FieldLens; convert it with `fieldlens convert`")
    write_bytes(path, content[:starts_at] + _archive({**members, CARD_FILE: card.to_json().encode()}))


def _archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content)
    return stream.getvalue()
