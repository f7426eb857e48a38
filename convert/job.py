"""One conversion job: run folder in, bundle out."""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from convert.bundle.records import Bundle, ConvertedFile, Proof, write_json
from convert.bundle.report import write_report
from convert.photographs import in_turn, read_for
from convert.proof.diagnosis import Diagnosis, diagnose
from convert.proof.latency import interleaved_latency_s
from convert.proof.operators import (
    Operators,
    read_operators,
    refuse_foreign_operators,
    refuse_lost_standardization,
    refuse_wrong_input,
    stray_float,
)
from convert.proof.parity import KERAS, FileScorer, KerasScorer, Scored, Scorer, score
from convert.proof.saving import Saving, measure_saving
from convert.proof.weights import KernelFound, name_kernels, read_kernels, refuse_broken_promises
from convert.proof.worst import worst_photographs
from convert.quantize.bias_correction import BiasCorrection, BiasCorrector
from convert.quantize.calibration import Calibration, from_folder, from_training
from convert.quantize.half_precision import with_half_precision_kernels
from convert.quantize.recipes import FLOAT32, INT8, INT8_FLOATIO, ConversionRecipe, choose_recipes, refuse_useless
from convert.quantize.tflite import convert_model, load_saved_model, reference
from convert.run_folder import RunFolder
from convert.settings import Settings
from edge_app.common.atomic_files import atomic_folder
from edge_app.model.card import ModelCard, write_card
from edge_app.model.classifier import Classifier

REJECTED_SUFFIX = ".rejected"

# Bytes minus 127.5 lie half-way between the 8-bit levels of the first operator, which rounds halves away from zero: two
# bytes would meet in the middle. A hair above, every byte keeps a level of its own, and scores are those of `INT8`.
_JUST_BELOW_THE_MIDDLE = 127.49


@dataclass(frozen=True, eq=False)
class _Made:
    """A file before its proof: the model without a card, where it lies with one, and what is in it."""

    recipe: ConversionRecipe
    model: bytes
    path: Path
    operators: Operators
    kernels: tuple[KernelFound, ...]
    bias_correction: BiasCorrection | None = None


def convert(run: RunFolder, out: Path, settings: Settings, overwrite: bool = False) -> Bundle:
    """Convert a run into a bundle and prove that it agrees.

    Args:
        run: made by `train`.
        out: folder of the bundle; it appears when everything is done.
        settings: what to make and how to prove it.
        overwrite: whether an older one may be replaced.

    Raises:
        UsageError: the run cannot have a recipe that was asked for.
        RunFolderError: the run cannot be used.
        DataError: the calibration folder cannot be used.
        ConversionError: TensorFlow refuses, or a file is not what it must be.
        OutputError: the bundle exists, or cannot be written.
    """
    begin_s = time.monotonic()
    recipes, skipped = choose_recipes(run, settings.recipes)
    refuse_useless(settings, recipes)
    for sentence in skipped:
        print(sentence, flush=True)
    with atomic_folder(out, overwrite) as temporary:
        keras_model = load_saved_model(run.saved_model)
        calibration = _calibration(run, settings, recipes)
        made = _make_all(run, recipes, keras_model, calibration, temporary, out.name)
        scorers: dict[str, Scorer] = {KERAS: KerasScorer(reference(keras_model))}
        scorers |= {name: FileScorer(one.path, one.recipe.most_photographs) for name, one in made.items()}
        validation, test = (_score(run, split, scorers, settings) for split in ("validation", "test"))
        latency_s = _latency_s(run, made)
        files = tuple(_finish(one, validation, test, latency_s, run, settings) for one in made.values())
        bundle = Bundle(
            folder=out,
            keras_accuracy=test.accuracy(KERAS, _data_name(run)),
            keras_confidence=test.confidence(KERAS, _data_name(run)),
            files=files,
            skipped=skipped,
            calibration=None if calibration is None else calibration.facts,
            unreadable=validation.unreadable + test.unreadable,
            saving=_saving(run, made, calibration),
            diagnosis=_diagnosis(run, keras_model, made, calibration, validation, settings),
            duration_s=time.monotonic() - begin_s,
        )
        write_json(temporary / "conversion.json", run, bundle, settings.to_json())
        write_report(temporary, run, bundle)
    return bundle


def file_name(bundle: str, recipe: ConversionRecipe, run: RunFolder) -> str:
    """Name a file: `pets-int8.tflite`; of compressed runs `pets-int8-qat.tflite`, whatever the folder's own suffix."""
    if run.compression is None:
        return f"{bundle}-{recipe.name}.tflite"
    suffix = f"-{run.compression.suffix}"
    return f"{bundle.removesuffix(suffix)}-{recipe.name}{suffix}.tflite"


def _calibration(run: RunFolder, settings: Settings, recipes: Sequence[ConversionRecipe]) -> Calibration | None:
    if not any(recipe.calibrated for recipe in recipes):
        return None
    count = settings.calibration_photographs
    found = from_training(run, count) if settings.calibration is None else from_folder(run, settings.calibration, count)
    print(f"calibrating on {found.facts}", flush=True)
    for sentence in found.facts.warnings:
        print(f"warning: {sentence}", flush=True)
    return found


def _make_all(
    run: RunFolder,
    recipes: Sequence[ConversionRecipe],
    keras_model: Any,
    calibration: Calibration | None,
    folder: Path,
    name: str,
) -> dict[str, _Made]:
    images_rgb = None if calibration is None else calibration.images_rgb
    float32 = cache(lambda: convert_model(keras_model, FLOAT32, run.input_size))

    @cache
    def corrector() -> BiasCorrector:
        assert images_rgb is not None  # recipes that are corrected are calibrated
        return BiasCorrector(float32(), images_rgb)

    made: dict[str, _Made] = {}
    for recipe in recipes:
        print(f"converting to {recipe.name}: {recipe.summary}", flush=True)
        correction = None
        if recipe.name == FLOAT32.name:
            model = float32()
        elif recipe.weights == "float16":
            model = with_half_precision_kernels(float32())
        else:
            model = convert_model(keras_model, recipe, run.input_size, images_rgb)
        if recipe.calibrated and recipe.activations == "int8":
            model, correction = corrector().correct(model, recipe)
            print(correction or "biases not corrected: the layers are not those of float32", flush=True)
        path = folder / file_name(name, recipe, run)
        checked = _checked(model, recipe, run, path, _card(run, name, recipe))
        made[recipe.name] = replace(checked, bias_correction=correction)
    return made


def _checked(model: bytes, recipe: ConversionRecipe, run: RunFolder, path: Path, card: ModelCard) -> _Made:
    """Write a file with its card, and look at everything that needs no photograph."""
    refuse_foreign_operators(model, path.name)
    kernels = kept_promises(model, run, path.name)
    path.write_bytes(write_card(model, card))
    classifier = Classifier(path, trusted=True, as_stored=True)
    operators = read_operators(classifier.interpreter)
    refuse_wrong_input(classifier, recipe, run.input_size)
    refuse_lost_standardization(operators, recipe, run)
    return _Made(recipe, model, path, operators, tuple(kernels))


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


def _card(run: RunFolder, name: str, recipe: ConversionRecipe) -> ModelCard:
    # `serving_default` rescales in its graph; `core` takes [-1, 1], in bytes by the scale of its input tensor.
    middle, spread = (127.5, 127.5) if recipe.signature == "core" else (0.0, 1.0)
    if recipe.name == INT8_FLOATIO.name:
        middle = _JUST_BELOW_THE_MIDDLE
    return ModelCard(
        name=name,
        labels=run.labels,
        input_size=run.input_size,
        input_dtype=recipe.input_dtype,
        resize=run.resize,
        interpolation=run.interpolation,
        mean=(middle,) * 3,
        std=(spread,) * 3,
        recipe=recipe.summary,
        versions={**run.versions, "converter tensorflow": metadata.version("tensorflow")},
        weights_sha256=run.weights_sha256,
    )


def _score(run: RunFolder, split: str, scorers: Mapping[str, Scorer], settings: Settings) -> Scored:
    chosen = in_turn(run.splits[split], len(run.labels))[: settings.parity_photographs]
    return score(run, chosen, scorers, f"comparing on {split} photographs")


def _latency_s(run: RunFolder, made: Mapping[str, _Made]) -> dict[str, float]:
    """Look at the speed of all files, each with all cores and a photograph in its input."""
    photographs = (read_for(run, item.path) for item in run.splits["validation"])
    image_rgb = next(image for image in photographs if image is not None)
    classifiers = {name: Classifier(one.path, trusted=True) for name, one in made.items()}
    for classifier in classifiers.values():
        classifier.prepare(image_rgb[..., ::-1].copy())
    return interleaved_latency_s(classifiers)


def _finish(
    made: _Made,
    validation: Scored,
    test: Scored,
    latency_s: Mapping[str, float],
    run: RunFolder,
    settings: Settings,
) -> ConvertedFile:
    """Write what was measured into the file's card; a file that disagrees does not keep its name."""
    recipe, path = made.recipe, made.path
    proof = _proof(recipe.name, validation, test, run)
    card = replace(
        Classifier(path, trusted=True).card, accuracy=proof.accuracy, neither_threshold=proof.neither_threshold
    )
    content = write_card(path.read_bytes(), card)
    path.write_bytes(content)
    objections = tuple(
        found for found in (proof.agreement.objection(recipe), stray_float(made.operators, recipe)) if found is not None
    )
    if objections and settings.keep_failing:
        path = path.rename(path.with_name(path.name + REJECTED_SUFFIX))
    elif objections:
        path.unlink()
    float32_s = latency_s.get(FLOAT32.name)
    return ConvertedFile(
        recipe=recipe,
        file=path.name,
        size_bytes=len(content),
        gzip_bytes=len(gzip.compress(content)),
        proof=proof,
        operators=made.operators,
        latency_s=latency_s[recipe.name],
        times_float32=None if float32_s is None else latency_s[recipe.name] / float32_s,
        kernels=made.kernels,
        bias_correction=made.bias_correction,
        objections=objections,
    )


def _proof(name: str, validation: Scored, test: Scored, run: RunFolder) -> Proof:
    data = _data_name(run)
    return Proof(
        agreement=validation.agreement(name),
        test_agreement=test.agreement(name),
        accuracy=test.accuracy(name, data),
        comparison=test.comparison(name),
        confidence=test.confidence(name, data),
        # Rounded scores pass other thresholds than exact ones, so every file has its own.
        neither_threshold=None if run.neither_threshold is None else validation.neither_threshold(name),
        worst=worst_photographs((validation, test), name, run.labels),
    )


def _saving(run: RunFolder, made: Mapping[str, _Made], calibration: Calibration | None) -> Saving | None:
    if run.compression is None:
        return None
    images_rgb = (calibration or from_training(run)).images_rgb
    recipes = [one.recipe for one in made.values()]
    return measure_saving(run, recipes, {name: one.model for name, one in made.items()}, images_rgb)


def _diagnosis(
    run: RunFolder,
    keras_model: Any,
    made: Mapping[str, _Made],
    calibration: Calibration | None,
    validation: Scored,
    settings: Settings,
) -> Diagnosis | None:
    if not settings.diagnose or calibration is None:
        return None
    return diagnose(run, keras_model, made[INT8.name].model, calibration.images_rgb, validation)


def _data_name(run: RunFolder) -> str:
    return f"test split of {run.data}"
