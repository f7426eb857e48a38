"""Does the bundle agree with the Keras model in a real browser? Proven before the bundle gets its name."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from convert.proof.parity import KERAS, Agreement, Batch, Bounds, KerasScorer, Scorer, score
from convert.quantize.recipes import FLOAT16, FLOAT32, INT8
from convert.quantize.tflite import reference
from convert.run_folder import RunFolder, interleave_classes
from convert.web.chromium import BrowserSession
from edge_app.common.errors import ConversionError
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.paired_comparison import PairedComparison

if TYPE_CHECKING:
    from convert.web.tfjs.writer import WeightType

PROOF_FILE = "proof.json"
PHOTOGRAPHS = 200
"""Validation photographs that are asked about, where the user says nothing."""

HEAD = ("runtime", "same label as Keras", "mean Δp", "max Δp", "accuracy (95 % interval)", "Keras")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GraphBounds:
    """How far a rounded graph may be from the Keras model."""

    least_agreement: float
    greatest_mean_difference: float
    greatest_difference: float = 1.0


BYTE_WEIGHTS = GraphBounds(0.95, 0.05)
"""Weights of 8 bits, one scale per tensor: coarser than a `.tflite` of 8 bits."""

ROUNDING_STEPS = GraphBounds(0.995, 0.002)
"""After quantization-aware training: noise in the 7th digit moves a value to the next of 256 steps."""


@dataclass(frozen=True)
class RuntimeProof:
    """One runtime of the page against the Keras model, on the same photographs.

    Attributes:
        runtime: name of the page's runtime.
        agreement: of the probabilities.
        accuracy: of the runtime.
        keras_accuracy: of the Keras model.
        comparison: of the two, paired.
    """

    runtime: str
    agreement: Agreement
    accuracy: MeasuredAccuracy
    keras_accuracy: MeasuredAccuracy
    comparison: PairedComparison

    def row(self) -> tuple[str, ...]:
        """Return a row of the table."""
        found = self.agreement
        differences = (f"{found.mean_difference:.6f}", f"{found.largest_difference:.6f}")
        return (
            self.runtime,
            f"{found.same_label:.2%}",
            *differences,
            str(self.accuracy),
            f"{self.keras_accuracy.top1:.1%}",
        )


class BrowserScorer:
    """A runtime of the page, for `parity.score`.

    The photographs go in as PNG files of the input's size: every pixel arrives as the Keras model sees it, and a
    difference is one of the graph. (That the page's own decoder and preparation agree with Python is another proof:
    tests/browser.)

    Args:
        session: with the bundle's page.
        runtime: one of `convert.web.chromium.RUNTIMES`.
        folder: for the PNG files; the caller removes it.
    """

    most_photographs = None

    def __init__(self, session: BrowserSession, runtime: str, folder: Path) -> None:
        self._session, self._runtime, self._folder = session, runtime, folder

    def scores(self, batch: Batch) -> Floats:
        """Return (photographs, classes) float32 probabilities."""
        paths = []
        for number, image_rgb in enumerate(batch.images_rgb):
            paths.append(self._folder / f"{number}.png")
            cv2.imwrite(str(paths[-1]), np.ascontiguousarray(image_rgb[..., ::-1]))
        return self._session.scores(paths, self._runtime)


def prove_in_browser(
    folder: Path, run: RunFolder, loaded: Any, weights: WeightType, device_takes_bytes: bool, count: int = PHOTOGRAPHS
) -> tuple[RuntimeProof, ...]:
    """Ask TF.js and LiteRT.js about validation photographs, write `proof.json` and print a table.

    Args:
        folder: of the bundle, complete but for the proof.
        run: that was converted.
        loaded: its SavedModel.
        weights: of the TF.js graph.
        device_takes_bytes: whether LiteRT.js runs an 8-bit file.
        count: photographs, at most.

    Raises:
        MissingDependencyError: Chromium or Playwright is not installed.
        ConversionError: the page does not work, or a runtime disagrees with the Keras model.
        RunFolderError: the photographs are gone.
    """
    bounds: dict[str, Bounds] = {
        "tfjs-wasm": _graph_bounds(run, weights),
        "litert": INT8 if device_takes_bytes else FLOAT32,
    }
    photographs = interleave_classes(run.splits["validation"], len(run.labels))[:count]
    with tempfile.TemporaryDirectory() as pictures, BrowserSession(folder) as session:
        scorers: dict[str, Scorer] = {KERAS: KerasScorer(reference(loaded))}
        scorers |= {runtime: BrowserScorer(session, runtime, Path(pictures)) for runtime in bounds}
        scored = score(run, photographs, scorers, "proving in Chromium")
    data = f"validation split of {run.data}"
    proofs = tuple(
        RuntimeProof(
            runtime=runtime,
            agreement=scored.agreement(runtime),
            accuracy=scored.accuracy(runtime, data),
            keras_accuracy=scored.accuracy(KERAS, data),
            comparison=scored.comparison(runtime),
        )
        for runtime in bounds
    )
    print(text_table(HEAD, [proof.row() for proof in proofs]))
    _refuse_breach(proofs, bounds)
    content = {proof.runtime: asdict(proof) for proof in proofs}
    (folder / PROOF_FILE).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return proofs


def _graph_bounds(run: RunFolder, weights: WeightType) -> Bounds:
    if weights == "uint8":
        return BYTE_WEIGHTS
    if run.quantized:
        return ROUNDING_STEPS
    return FLOAT16 if weights == "float16" else FLOAT32


def _refuse_breach(proofs: tuple[RuntimeProof, ...], bounds: Mapping[str, Bounds]) -> None:
    for proof in proofs:
        objection = proof.agreement.objection(bounds[proof.runtime])
        if objection is not None:
            raise ConversionError(
                f"the bundle was not written: {proof.runtime} in Chromium: {objection}; with `--tfjs-weights float32` "
                "the graph is exact"
            )
