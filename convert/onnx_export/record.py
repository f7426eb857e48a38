"""What is known of an ONNX file; imports none of the packages that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convert.proof.parity import Agreement


@dataclass(frozen=True)
class OnnxFile:
    """One ONNX file of a bundle.

    Attributes:
        file: its name in the bundle.
        tflite: name of the `.tflite` that it was made of.
        size_bytes: of it.
        agreement: with the Keras model on validation photographs, in ONNX Runtime.
        same_label: as the `.tflite`, share of the same photographs.
        largest_difference: to the `.tflite`, |Δp| of all of them.
        objection: why it is not in the bundle; None: it is.
    """

    file: str
    tflite: str
    size_bytes: int
    agreement: Agreement
    same_label: float
    largest_difference: float
    objection: str | None

    def __str__(self) -> str:
        told = (
            f"{self.file}: {self.size_bytes / 1e6:.2f} MB, in ONNX Runtime the same label as its .tflite on "
            f"{self.same_label:.1%} of {self.agreement.photographs:,} photographs"
        )
        return told if self.objection is None else f"{told}; left out: {self.objection}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return {**vars(self), "agreement": self.agreement.to_json()}
