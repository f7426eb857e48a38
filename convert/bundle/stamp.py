"""The last stage of a conversion: the card with all that was measured, written once, under the file's own name."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

from convert.bundle.records import ConvertedFile
from convert.proof.prove import Proof
from convert.proof.static_checks import Draft
from edge_app.model.card import write_card

REJECTED_SUFFIX = ".rejected"


def stamp(draft: Draft, proof: Proof, folder: Path, keep_failing: bool = False) -> ConvertedFile:
    """Write a proven file with its card; one that failed its proof never gets its name.

    Args:
        draft: the file.
        proof: how it compares with the Keras model.
        folder: of the bundle.
        keep_failing: whether a file that failed is written all the same, marked by its name.
    """
    made = draft.made
    card = replace(made.card, accuracy=proof.accuracy, neither_threshold=proof.neither_threshold)
    content = write_card(made.content, card)
    file = made.file
    if proof.objections and keep_failing:
        file += REJECTED_SUFFIX
    if not proof.objections or keep_failing:
        (folder / file).write_bytes(content)
    return ConvertedFile(
        recipe=made.recipe,
        file=file,
        size_bytes=len(content),
        gzip_bytes=len(gzip.compress(content)),
        proof=proof,
        operators=draft.operators,
        kernels=draft.kernels,
        bias_correction=made.bias_correction,
    )
