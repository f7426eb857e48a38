"""What a conversion job has made, as records: the table, `conversion.json` and the report are all told from these."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convert.proof.diagnosis import Diagnosis
from convert.proof.latency import NOTICEABLE
from convert.proof.mediapipe import mediapipe_sentence, why_refused
from convert.proof.operators import Operators
from convert.proof.parity import Agreement
from convert.proof.saving import Saving
from convert.proof.weights import KernelFound
from convert.proof.worst import WorstPhotograph
from convert.quantize.bias_correction import BiasCorrection
from convert.quantize.calibration import CalibrationFacts
from convert.quantize.recipes import INT8, ConversionRecipe
from convert.run_folder import RunFolder
from edge_app.common.errors import ConversionError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import Confidence
from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.model import board
from edge_app.model.runtime import default_threads, runtime_name

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Proof:
    """How a file compares with the Keras model.

    Attributes:
        agreement: on validation photographs; the bounds of the recipe hold for these.
        test_agreement: on test photographs.
        accuracy: measured with this very file on the test photographs.
        comparison: of its accuracy with that of the Keras model on the same test photographs.
        confidence: log loss and calibration error, measured with it on the same photographs.
        neither_threshold: fitted to its own scores of validation photographs; None: the run has no "neither".
        worst: photographs of both splits on which it is farthest from the Keras model.
    """

    agreement: Agreement
    test_agreement: Agreement
    accuracy: MeasuredAccuracy
    comparison: PairedComparison
    confidence: Confidence
    neither_threshold: float | None
    worst: tuple[WorstPhotograph, ...]


@dataclass(frozen=True)
class ConvertedFile:
    """One `.tflite` of a bundle.

    Attributes:
        recipe: how it was made.
        file: its name in the bundle; of a rejected one that was not kept, the name that it would have had.
        size_bytes: of the file with its card.
        gzip_bytes: of the same, compressed for a download.
        proof: how it compares with the Keras model.
        operators: what it computes with.
        latency_s: median of a few runs of `invoke()` on this machine, interleaved with the other files.
        times_float32: its latency over that of the float32 file; None: there is none to compare with.
        kernels: of a compressed run; what was counted in the file.
        bias_correction: what corrected biases brought; None: the recipe has none.
        objections: why it was rejected; none: it was not.
    """

    recipe: ConversionRecipe
    file: str
    size_bytes: int
    gzip_bytes: int
    proof: Proof
    operators: Operators
    latency_s: float
    times_float32: float | None
    kernels: tuple[KernelFound, ...]
    bias_correction: BiasCorrection | None
    objections: tuple[str, ...]

    @property
    def slower(self) -> bool:
        """Whether it is noticeably slower than the float32 file on this machine."""
        return self.times_float32 is not None and self.times_float32 > NOTICEABLE

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know before choosing it."""
        found = [self.recipe.summary]
        if self.bias_correction is not None:
            found.append(str(self.bias_correction))
        if self.slower:
            found.append(f"slower than float32 on this machine ({self.times_float32:.1f} ×)")
        if self.operators.delegated == 0:
            found.append("nothing of it runs in XNNPACK")
        elif self.operators.outside:
            found.append(f"outside XNNPACK: {', '.join(self.operators.outside)}")
        if why_refused(self.recipe.input_dtype, self.recipe.output_dtype) is not None:
            found.append(f"MediaPipe {mediapipe_sentence(self.recipe.input_dtype, self.recipe.output_dtype)}")
        if self.recipe.most_photographs is not None:
            found.append(
                f"compared on {self.proof.agreement.photographs:,} and {self.proof.accuracy.photographs:,} photographs"
            )
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Return the fields, the proof among them."""
        proof = self.proof
        return {
            "recipe": asdict(self.recipe),
            "file": self.file,
            "size_bytes": self.size_bytes,
            "gzip_bytes": self.gzip_bytes,
            "agreement": proof.agreement.to_json(),
            "test_agreement": proof.test_agreement.to_json(),
            "accuracy": asdict(proof.accuracy),
            "against_keras": proof.comparison.to_json(),
            "confidence": proof.confidence.to_json(),
            "neither_threshold": proof.neither_threshold,
            "worst_photographs": [one.to_json() for one in proof.worst],
            "operators": self.operators.to_json(),
            "bias_correction": None if self.bias_correction is None else self.bias_correction.to_json(),
            "latency_s": self.latency_s,
            "times_float32": self.times_float32,
            "mediapipe": mediapipe_sentence(self.recipe.input_dtype, self.recipe.output_dtype),
            "notes": list(self.notes),
            "objections": list(self.objections),
        }


@dataclass(frozen=True)
class Bundle:
    """What a job made.

    Attributes:
        folder: of the files.
        keras_accuracy: of the original on the test photographs.
        keras_confidence: of the original on the same.
        files: in the order of the recipes.
        skipped: a sentence for each reason why this run cannot have a recipe.
        calibration: what the calibration photographs are like; None: no file needed any.
        unreadable: validation and test photographs that were left out.
        saving: what compression has saved against the run that it was made of, by recipe.
        diagnosis: which layers lose most in 8 bits; None: nobody asked.
        duration_s: of making and proving all of it.
    """

    folder: Path
    keras_accuracy: MeasuredAccuracy
    keras_confidence: Confidence
    files: tuple[ConvertedFile, ...]
    skipped: tuple[str, ...] = ()
    calibration: CalibrationFacts | None = None
    unreadable: int = 0
    saving: Saving | None = None
    diagnosis: Diagnosis | None = field(default=None)
    duration_s: float = 0.0

    @property
    def rejected(self) -> tuple[ConvertedFile, ...]:
        """Files that must not be used."""
        return tuple(file for file in self.files if file.objections)

    @property
    def suggested(self) -> ConvertedFile:
        """The file to try first: int8 with bytes in and out is the fastest nearly everywhere; else the fastest here."""
        return min(self.files, key=lambda file: (file.recipe.name != INT8.name, file.latency_s))


def write_json(path: Path, run: RunFolder, bundle: Bundle, settings: Mapping[str, Any]) -> None:
    """Write `conversion.json`."""
    calibration = bundle.calibration
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run": str(run.path),
        "weights_sha256": run.weights_sha256,
        "settings": dict(settings),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_s": bundle.duration_s,
        "device": {**board.identity(), "threads": default_threads(), "runtime": runtime_name()},
        "calibration_photographs": 0 if calibration is None else calibration.photographs,
        "calibration": None if calibration is None else calibration.to_json(),
        "keras_accuracy": asdict(bundle.keras_accuracy),
        "keras_confidence": bundle.keras_confidence.to_json(),
        "files": [file.to_json() for file in bundle.files],
        "skipped": list(bundle.skipped),
        "unreadable_photographs": bundle.unreadable,
        "diagnosis": None if bundle.diagnosis is None else bundle.diagnosis.to_json(),
    }
    if run.compression is not None:
        content["compression"] = {
            "method": run.compression.method,
            "kernels": {file.file: [kernel.to_json() for kernel in file.kernels] for file in bundle.files},
            "saving": None if bundle.saving is None else bundle.saving.to_json(),
        }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def refuse_disagreement(files: Sequence[ConvertedFile], folder: Path) -> None:
    """Make a rejected file an error of the command.

    Raises:
        ConversionError: a file disagrees with the Keras model, or is not what its recipe says.
    """
    rejected = [file for file in files if file.objections]
    if rejected:
        first = rejected[0]
        more = f"; so were {len(rejected) - 1} more files" if len(rejected) > 1 else ""
        raise ConversionError(
            f"`{folder / first.file}` was rejected: {first.objections[0]}{more}; see `{folder / 'report.html'}`, "
            "try --diagnose, or train longer or on more photographs"
        )
