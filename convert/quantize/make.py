"""The first stage of a conversion: the bytes of a `.tflite` for each recipe, nothing measured yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import Any

from convert.quantize.bias_correction import BiasCorrection, BiasCorrector
from convert.quantize.calibration import Calibration
from convert.quantize.half_precision import with_half_precision_kernels
from convert.quantize.recipes import FLOAT32, ConversionRecipe
from convert.quantize.tflite import convert_model
from convert.run_folder import RunFolder
from edge_app.model.card import ModelCard, Size

# Bytes minus 127.5 lie half-way between the 8-bit levels of the first operator, which rounds halves away from zero: two
# bytes would meet in the middle. A hair above, every byte keeps a level of its own, and scores are those of `INT8`.
_JUST_BELOW_THE_MIDDLE = 127.49


@dataclass(frozen=True, eq=False)
class MadeModel:
    """What a recipe made of a run.

    Attributes:
        recipe: how it was made.
        file: the name that it gets once it is proven.
        content: a `.tflite` without metadata and card.
        card: all that it needs to be run; accuracy and the threshold for "neither" are not known yet.
        bias_correction: what corrected biases brought; None: the recipe has none, or its layers are not those of
            float32.
    """

    recipe: ConversionRecipe
    file: str
    content: bytes
    card: ModelCard
    bias_correction: BiasCorrection | None = None


def make_models(
    run: RunFolder,
    keras_model: Any,
    recipes: Sequence[ConversionRecipe],
    calibration: Calibration | None,
    bundle: str,
) -> Iterator[MadeModel]:
    """Convert a run by each recipe in turn.

    Args:
        run: that is converted.
        keras_model: its SavedModel, from `convert.quantize.tflite.load_saved_model`.
        recipes: that the run can have.
        calibration: photographs that ranges are measured on; None: no recipe is calibrated.
        bundle: name of the bundle, with which the files' names begin.

    Raises:
        ConversionError: TensorFlow refuses.
    """
    converter = _Converter(keras_model, run.input_size, calibration)
    for recipe in recipes:
        print(f"converting to {recipe.name}: {recipe.summary}", flush=True)
        content, correction = converter.convert(recipe)
        yield MadeModel(recipe, file_name(bundle, recipe, run), content, _card(run, bundle, recipe), correction)


def file_name(bundle: str, recipe: ConversionRecipe, run: RunFolder) -> str:
    """Name a file: `pets-int8.tflite`; of compressed runs `pets-int8-qat.tflite`, whatever the folder's own suffix."""
    if run.compression is None:
        return f"{bundle}-{recipe.name}.tflite"
    suffix = f"-{run.compression.suffix}"
    return f"{bundle.removesuffix(suffix)}-{recipe.name}{suffix}.tflite"


class _Converter:
    """Converts one network; what several recipes need, the float32 file and its layers' means, is made once."""

    def __init__(self, keras_model: Any, size: Size, calibration: Calibration | None) -> None:
        self._keras_model, self._size = keras_model, size
        self._images_rgb = None if calibration is None else calibration.images_rgb

    def convert(self, recipe: ConversionRecipe) -> tuple[bytes, BiasCorrection | None]:
        content = self._rounded(recipe)
        if not recipe.bias_corrected:
            return content, None
        content, correction = self._corrector.correct(content, recipe)
        print(correction or "no bias correction: the layers differ from those of the float32 file", flush=True)
        return content, correction

    def _rounded(self, recipe: ConversionRecipe) -> bytes:
        if recipe.weights == "float32":
            return self._float32
        if recipe.weights == "float16":
            return with_half_precision_kernels(self._float32)
        return convert_model(self._keras_model, recipe, self._size, self._images_rgb)

    @cached_property
    def _float32(self) -> bytes:
        return convert_model(self._keras_model, FLOAT32, self._size)

    @cached_property
    def _corrector(self) -> BiasCorrector:
        assert self._images_rgb is not None  # recipes whose biases are corrected are calibrated
        return BiasCorrector(self._float32, self._images_rgb)


def _card(run: RunFolder, name: str, recipe: ConversionRecipe) -> ModelCard:
    # `serving_default` rescales in its graph; `core` takes [-1, 1], in bytes by the scale of its input tensor.
    middle, spread = (127.5, 127.5) if recipe.signature == "core" else (0.0, 1.0)
    if recipe.activations == "int8" and recipe.input_dtype == "float32":
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
        cuts=run.cuts(),
        given_split=bool(run.given_split()),
    )
