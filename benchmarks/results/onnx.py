"""The result of `benchmarks experiment onnx`: files as ONNX in ONNX Runtime, beside themselves in our runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device

HEAD = ("file", "MB", "as ONNX, MB", "photographs", "same label, %", "mean Δp", "largest Δp")


@dataclass(frozen=True)
class OnnxAgreement:
    """One file.

    Attributes:
        file: the `.tflite`.
        sha256: of it.
        recipe: of its card.
        size_bytes: of it.
        onnx_bytes: of the ONNX file.
        photographs: that both were asked about.
        same_label: how many got the same best label.
        mean_difference: mean over photographs of the largest |Δp| among the classes.
        largest_difference: of all.
    """

    file: str
    sha256: str
    recipe: str
    size_bytes: int
    onnx_bytes: int
    photographs: int
    same_label: int
    mean_difference: float
    largest_difference: float


@dataclass(frozen=True)
class OnnxResult:
    """Files on the same photographs.

    Attributes:
        runtime: ours.
        onnxruntime: version of ONNX Runtime.
        onnx: version of the package that wrote the files.
        data: name of the folder of photographs.
        files: in the order of the command line.
    """

    KIND: ClassVar[str] = "onnx"

    date: str
    device: Device
    runtime: str
    onnxruntime: str
    onnx: str
    data: str
    files: tuple[OnnxAgreement, ...]


def rows(result: OnnxResult) -> Sequence[tuple[str, ...]]:
    """Return a row per file."""
    return [
        (
            one.file,
            f"{one.size_bytes / 1e6:.2f}",
            f"{one.onnx_bytes / 1e6:.2f}",
            f"{one.photographs:,}",
            f"{100 * one.same_label / one.photographs:.1f}",
            f"{one.mean_difference:.5f}",
            f"{one.largest_difference:.5f}",
        )
        for one in result.files
    ]
