"""What a conversion job has made, as records: the table, `conversion.json` and the report are all told from these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convert.onnx_export.record import OnnxFile
from convert.proof.compression_gain import CompressionGain
from convert.proof.latency import NOTICEABLE
from convert.proof.layer_sensitivity import Sensitivity
from convert.proof.mediapipe import mediapipe_sentence, why_refused
from convert.proof.operators import Operators
from convert.proof.prove import Proof
from convert.proof.weights import KernelFound
from convert.quantize.bias_correction import BiasCorrection
from convert.quantize.calibration import CalibrationFacts
from convert.quantize.recipes import ConversionRecipe
from convert.run_folder import RunFolder
from edge_app.common.errors import ConversionError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import ACCEPTED_SHARE, Confidence
from edge_app.model import board
from edge_app.model.runtime import default_threads, runtime_name

SCHEMA_VERSION = 2


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
        kernels: of a compressed run; what was counted in the file.
        bias_correction: what corrected biases brought; None: the recipe has none.
    """

    recipe: ConversionRecipe
    file: str
    size_bytes: int
    gzip_bytes: int
    proof: Proof
    operators: Operators
    kernels: tuple[KernelFound, ...]
    bias_correction: BiasCorrection | None

    @property
    def rejected(self) -> bool:
        """Whether it must not be used."""
        return bool(self.proof.objections)

    @property
    def slower(self) -> bool:
        """Whether it is noticeably slower than the float32 file on this machine."""
        return self.proof.times_float32 is not None and self.proof.times_float32 > NOTICEABLE

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before choosing it."""
        found = [self.recipe.summary]
        if self.bias_correction is not None:
            found.append(str(self.bias_correction))
        if self.slower:
            found.append(f"slower than float32 on this machine ({self.proof.times_float32:.1f} ×)")
        if self.operators.delegated == 0:
            found.append("no operator runs in XNNPACK")
        elif self.operators.outside:
            found.append(f"not in XNNPACK: {', '.join(self.operators.outside)}")
        refusal = why_refused(self.recipe.input_dtype, self.recipe.output_dtype)
        if refusal is not None:
            found.append(f"MediaPipe refuses it: {refusal}")
        if self.recipe.most_photographs is not None:
            found.append(
                f"compared on {self.proof.agreement.photographs:,} validation and "
                f"{self.proof.accuracy.photographs:,} test photographs"
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
            "worst_photographs": [one.to_json() for one in proof.disagreements],
            "operators": self.operators.to_json(),
            "bias_correction": None if self.bias_correction is None else self.bias_correction.to_json(),
            "latency_s": proof.latency_s,
            "times_float32": proof.times_float32,
            "mediapipe": mediapipe_sentence(self.recipe.input_dtype, self.recipe.output_dtype),
            "notes": list(self.notes),
            "objections": list(proof.objections),
        }


@dataclass(frozen=True)
class Bundle:
    """What a job made.

    Attributes:
        folder: of the files.
        keras_accuracy: of the original on the test photographs.
        keras_confidence: of the original on the same.
        files: in the order of the recipes.
        recipes_named: the user named the recipes, so none may be left out.
        accept: share of the validation photographs that a threshold for "neither" lets through.
        skipped: a sentence for each reason why this run cannot have a recipe.
        calibration: what the calibration photographs are like; None: no file needed any.
        unreadable: validation and test photographs that were left out.
        compression_gain: what compression has gained over the run that it was made of, by recipe.
        sensitivity: which layers lose most in 8 bits; None: nobody asked.
        duration_s: of making and proving all of it.
        onnx: files for other runtimes.
    """

    folder: Path
    keras_accuracy: MeasuredAccuracy
    keras_confidence: Confidence
    files: tuple[ConvertedFile, ...]
    recipes_named: bool = False
    accept: float = ACCEPTED_SHARE
    skipped: tuple[str, ...] = ()
    calibration: CalibrationFacts | None = None
    unreadable: int = 0
    compression_gain: CompressionGain | None = None
    sensitivity: Sensitivity | None = None
    duration_s: float = 0.0
    onnx: tuple[OnnxFile, ...] = ()

    @property
    def rejected(self) -> tuple[ConvertedFile, ...]:
        """Files that must not be used."""
        return tuple(file for file in self.files if file.rejected)

    @property
    def usable(self) -> tuple[ConvertedFile, ...]:
        """Files that agree with the Keras model."""
        return tuple(file for file in self.files if not file.rejected)


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
        "onnx": [file.to_json() for file in bundle.onnx],
        "skipped": list(bundle.skipped),
        "unreadable_photographs": bundle.unreadable,
        "diagnosis": None if bundle.sensitivity is None else bundle.sensitivity.to_json(),
    }
    if run.compression is not None:
        content["compression"] = {
            "method": run.compression.method,
            "kernels": {file.file: [kernel.to_json() for kernel in file.kernels] for file in bundle.files},
            "saving": None if bundle.compression_gain is None else bundle.compression_gain.to_json(),
        }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # names that are not UTF-8: escapes of JSON


def refuse_rejected(bundle: Bundle) -> None:
    """Make a rejected file an error of the command, if the user named the recipes, ONNX, or no other file is left.

    Raises:
        ConversionError: a file disagrees with the Keras model, or is not what its recipe says.
    """
    rejected, folder = bundle.rejected, bundle.folder
    if rejected and (bundle.recipes_named or not bundle.usable):
        first = rejected[0]
        more = f", and {len(rejected) - 1} more" if len(rejected) > 1 else ""
        raise ConversionError(
            f"`{folder / first.file}` was rejected: {first.proof.objections[0]}{more}; see `{folder / 'report.html'}`, "
            "try --diagnose, or train longer or on more photographs"
        )
    for file in bundle.onnx:
        if file.objection is not None:
            raise ConversionError(f"`{folder / file.file}` was rejected: in ONNX Runtime, {file.objection}")
