"""One conversion job: run folder in, bundle out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convert.parity import KERAS, Agreement, Scored, agreement, score
from convert.photographs import calibration_photographs, in_turn
from convert.recipes import RECIPES, RECIPES_QAT, ConversionRecipe
from convert.report import write_report
from convert.run_folder import RunFolder, read_run_folder
from convert.tflite import convert_model, load_saved_model, reference
from convert.weights_report import KernelFound, name_kernels, read_kernels, refuse_broken_promises
from edge_app.atomic import atomic_folder
from edge_app.classifier import Classifier
from edge_app.confidence_measures import Confidence
from edge_app.errors import ConversionError
from edge_app.model_card import MeasuredAccuracy, ModelCard, write_card

SCHEMA_VERSION = 1
REJECTED_SUFFIX = ".rejected"

_WHITENED = (
    "ZCA whitening multiplies some directions of the picture by 30 and others by less than 1, which 8-bit integers "
    "cannot hold; train without it for an int8 file"
)
_MOST_PHOTOGRAPHS = 2500  # of a split that are compared; more would change the last digit only


@dataclass(frozen=True)
class ConvertedFile:
    """One `.tflite` of a bundle.

    Attributes:
        recipe: how it was made.
        file: its name in the bundle.
        size_bytes: of the file with its card.
        gzip_bytes: of the same, compressed for a download.
        agreement: with the Keras model on validation photographs.
        accuracy: measured with this very file on the test photographs.
        confidence: log loss and calibration error, measured with it on the same photographs.
        neither_threshold: fitted to its own scores of validation photographs; None: the run has no "neither".
        objection: why it was rejected; None: it was not.
    """

    recipe: ConversionRecipe
    file: str
    size_bytes: int
    gzip_bytes: int
    agreement: Agreement
    accuracy: MeasuredAccuracy
    confidence: Confidence
    neither_threshold: float | None
    objection: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


@dataclass(frozen=True)
class Bundle:
    """What a job made.

    Attributes:
        folder: of the files.
        keras_accuracy: of the original on the test photographs.
        files: in the order of the recipes.
        skipped: a sentence for each recipe that this run cannot have.
    """

    folder: Path
    keras_accuracy: MeasuredAccuracy
    keras_confidence: Confidence
    files: tuple[ConvertedFile, ...]
    skipped: tuple[str, ...] = ()


def convert(run_path: Path, out: Path, overwrite: bool = False, photographs: Path | None = None) -> Bundle:
    """Convert a run into a bundle and prove that it agrees.

    Args:
        run_path: made by `train`.
        out: folder of the bundle; it appears when everything is done.
        overwrite: whether an older one may be replaced.
        photographs: where the photographs are now; None: where they were.

    Raises:
        RunFolderError: the run cannot be used.
        ConversionError: TensorFlow refuses, or the input range is not what it must be.
        OutputError: the bundle exists, or cannot be written.
    """
    run = read_run_folder(run_path, photographs)
    with atomic_folder(out, overwrite) as temporary:
        keras_model = load_saved_model(run.saved_model)
        recipes, skipped = possible_recipes(run)
        for sentence in skipped:
            print(sentence, flush=True)
        calibration_rgb = _calibration(run, recipes)
        classifiers, kernels = {}, {}
        for recipe in recipes:
            print(f"converting to {recipe.name}", flush=True)
            model = convert_model(keras_model, recipe, run.input_size, calibration_rgb)
            path = temporary / file_name(out.name, recipe, run)
            kernels[path.name] = kept_promises(model, run, path.name)
            path.write_bytes(write_card(model, _card(run, out.name, recipe)))
            classifiers[recipe.name] = Classifier(path)
            refuse_wrong_input_range(classifiers[recipe.name], recipe)
        validation = _score(run, "validation", keras_model, classifiers)
        test = _score(run, "test", keras_model, classifiers)
        files = tuple(_finish(classifiers[recipe.name], recipe, validation, test, run) for recipe in recipes)
        data = _data_name(run)
        bundle = Bundle(out, test.accuracy(KERAS, data), test.confidence(KERAS, data), files, skipped)
        calibrated = 0 if calibration_rgb is None else len(calibration_rgb)
        _write_json(temporary / "conversion.json", run, calibrated, bundle, kernels)
        write_report(temporary / "report.html", run, bundle, kernels)
    return bundle


def possible_recipes(run: RunFolder) -> tuple[tuple[ConversionRecipe, ...], tuple[str, ...]]:
    """Return what is made of a run, and a sentence for each recipe that it cannot have.

    A network in quantization-aware training holds its own ranges: it has one file.
    """
    if run.compression is not None and run.compression.quantized:
        return RECIPES_QAT, ()
    if not run.whitened:
        return RECIPES, ()
    chosen = tuple(recipe for recipe in RECIPES if not recipe.quantized)
    return chosen, tuple(f"no {recipe.name} file: {_WHITENED}" for recipe in RECIPES if recipe.quantized)


def file_name(bundle: str, recipe: ConversionRecipe, run: RunFolder) -> str:
    """Name a file: `pets-int8.tflite`; of compressed runs `pets-int8-qat.tflite`, whatever the folder's own suffix."""
    if run.compression is None:
        return f"{bundle}-{recipe.name}.tflite"
    suffix = f"-{run.compression.suffix}"
    return f"{bundle.removesuffix(suffix)}-{recipe.name}{suffix}.tflite"


def kept_promises(model: bytes, run: RunFolder, file: str) -> list[KernelFound]:
    """Look at every kernel of a compressed run's file; other runs have promised nothing.

    Raises:
        ConversionError: a promise is not kept.
    """
    if run.compression is None:
        return []
    found = name_kernels(read_kernels(model), run.compression.kernels)
    refuse_broken_promises(found, run.compression.kernels, file)
    return found


def refuse_wrong_input_range(classifier: Classifier, recipe: ConversionRecipe) -> None:
    """Quantized files must take bytes as they are: scale 2/255, zero point 127 or 128.

    Raises:
        ConversionError: calibration gave another range.
    """
    if not recipe.quantized:
        return
    scale, zero_point = classifier.interpreter.get_input_details()[0]["quantization"]
    if abs(scale * 255.0 / 2.0 - 1.0) > 1e-4 or zero_point not in (127, 128):
        raise ConversionError(
            f"the {recipe.name} input has scale {scale} and zero point {zero_point} where 2/255 and 127 or 128 are "
            "needed; this is a fault of FieldLens: please report it"
        )


def _calibration(run: RunFolder, recipes: Sequence[ConversionRecipe]) -> npt.NDArray[np.uint8] | None:
    if not any(recipe.calibrated for recipe in recipes):
        return None
    images_rgb = calibration_photographs(run)
    print(f"calibrating on {len(images_rgb):,} training photographs and the two ends of the range", flush=True)
    return images_rgb


def _card(run: RunFolder, name: str, recipe: ConversionRecipe) -> ModelCard:
    # A float file rescales in its graph; a quantized one by the scale of its input tensor.
    middle = 127.5 if recipe.quantized else 0.0
    spread = 127.5 if recipe.quantized else 1.0
    return ModelCard(
        name=name,
        labels=run.labels,
        input_size=run.input_size,
        input_dtype=recipe.input_dtype,
        resize=run.resize,
        interpolation=run.interpolation,
        mean=(middle,) * 3,
        std=(spread,) * 3,
        versions={**run.versions, "converter tensorflow": metadata.version("tensorflow")},
        weights_sha256=run.weights_sha256,
    )


def _score(run: RunFolder, split: str, keras_model: Any, classifiers: dict[str, Classifier]) -> Scored:
    chosen = in_turn(run.splits[split], len(run.labels))[:_MOST_PHOTOGRAPHS]
    return score(run, chosen, reference(keras_model), classifiers, f"comparing on {split} photographs")


def _finish(
    classifier: Classifier, recipe: ConversionRecipe, validation: Scored, test: Scored, run: RunFolder
) -> ConvertedFile:
    """Write what was measured into the file's card, and put a file that disagrees under another name."""
    data = _data_name(run)
    accuracy, confidence = test.accuracy(recipe.name, data), test.confidence(recipe.name, data)
    # Rounded scores pass other thresholds than exact ones, so every file has its own.
    threshold = None if run.neither_threshold is None else validation.neither_threshold(recipe.name)
    path = classifier.path
    card = replace(classifier.card, accuracy=accuracy, neither_threshold=threshold)
    content = write_card(path.read_bytes(), card)
    path.write_bytes(content)
    found = agreement(validation, recipe.name)
    objection = found.objection(recipe)
    if objection is not None:
        path = path.rename(path.with_name(path.name + REJECTED_SUFFIX))
    return ConvertedFile(
        recipe=recipe,
        file=path.name,
        size_bytes=len(content),
        gzip_bytes=len(gzip.compress(content)),
        agreement=found,
        accuracy=accuracy,
        confidence=confidence,
        neither_threshold=threshold,
        objection=objection,
    )


def _data_name(run: RunFolder) -> str:
    return f"test split of {run.data}"


def _write_json(
    path: Path, run: RunFolder, calibrated: int, bundle: Bundle, kernels: Mapping[str, Sequence[KernelFound]]
) -> None:
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run": str(run.path),
        "weights_sha256": run.weights_sha256,
        "calibration_photographs": calibrated,
        "keras_accuracy": asdict(bundle.keras_accuracy),
        "keras_confidence": bundle.keras_confidence.to_json(),
        "files": [file.to_json() for file in bundle.files],
        "skipped": list(bundle.skipped),
    }
    if run.compression is not None:
        content["compression"] = {
            "method": run.compression.method,
            "kernels": {file: [kernel.to_json() for kernel in found] for file, found in kernels.items()},
        }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def refuse_disagreement(files: Sequence[ConvertedFile], folder: Path) -> None:
    """Make a rejected file an error of the command.

    Raises:
        ConversionError: a file disagrees with the Keras model.
    """
    for file in files:
        if file.objection is not None:
            raise ConversionError(
                f"`{folder / file.file}` was rejected: {file.objection}; see `{folder / 'report.html'}`, "
                "and train longer or on more photographs"
            )
