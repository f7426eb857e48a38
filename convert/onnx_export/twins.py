"""The ONNX files of a conversion: one beside each `.tflite` that can have one, under the same bounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from convert.onnx_export.exporter import export
from convert.onnx_export.record import OnnxFile
from convert.onnx_export.runtime import OnnxModel
from convert.proof.parity import Batch, Floats, Scored
from convert.proof.static_checks import Draft
from convert.quantize.recipes import has_onnx


class Twin:
    """An ONNX file that is still to be compared; a `Scorer`.

    Args:
        draft: the `.tflite` that it is made of.
        folder: a temporary one.

    Raises:
        ConversionError: the exporter does not know something in it.
    """

    def __init__(self, draft: Draft, folder: Path) -> None:
        made = draft.made
        facts = {"labels": "\n".join(made.card.labels), "model_card": made.card.to_json()}
        self.draft, self.file = draft, made.file.removesuffix(".tflite") + ".onnx"
        self.content: bytes = export(made.content, made.file, facts).SerializeToString()
        path = folder / self.file
        path.write_bytes(self.content)
        onnx.checker.check_model(str(path), full_check=True)
        self._model = OnnxModel(path, made.card)

    @property
    def most_photographs(self) -> int | None:
        """See `Scorer`."""
        return self.draft.recipe.most_photographs

    @property
    def name(self) -> str:
        """Among the scored models."""
        return f"{self.draft.recipe.name} as ONNX"

    def scores(self, batch: Batch) -> Floats:
        """See `Scorer`."""
        return np.stack([self._model.scores(np.ascontiguousarray(image[..., ::-1])) for image in batch.images_rgb])

    def kept(self, validation: Scored, folder: Path) -> OnnxFile:
        """Hold it against the Keras model, as its recipe asks for, and against its `.tflite`; keep it if it passes."""
        recipe = self.draft.recipe
        agreement = validation.agreement(self.name)
        here, there = validation.probabilities[self.name], validation.probabilities[recipe.name]
        objection = agreement.objection(recipe)
        if objection is None:
            (folder / self.file).write_bytes(self.content)
        return OnnxFile(
            self.file,
            self.draft.made.file,
            len(self.content),
            agreement,
            float((here.argmax(axis=1) == there.argmax(axis=1)).mean()),
            float(np.abs(here - there).max()),
            objection,
        )


def make_twins(drafts: Sequence[Draft], folder: Path) -> tuple[Twin, ...]:
    """Write the ONNX files of all that can have one.

    Raises:
        ConversionError: see `Twin`.
    """
    return tuple(Twin(draft, folder) for draft in drafts if has_onnx(draft.recipe))
