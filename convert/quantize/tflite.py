"""From a SavedModel to `.tflite` bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from convert.quantize.recipes import ConversionRecipe
from edge_app.common.errors import ConversionError, RunFolderError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.model.card import Size
from edge_app.model.foreign_code.gate import refuse_foreign_code

OUTPUT = "probabilities"

_OPERATORS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
}
_UNKNOWN_OPERATORS = re.compile(r"(?:TF Select|Flex|Custom) ops: ([\w, ]+)")

Floats = npt.NDArray[np.float32]


def load_saved_model(path: Path) -> Any:
    """Load a SavedModel and check that it has both signatures.

    Raises:
        RunFolderError: it cannot be loaded, or a signature is missing.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    refuse_foreign_code(path)
    try:
        with quiet_native_stderr():
            loaded = tf.saved_model.load(str(path))
    except Exception as error:  # of a damaged graph TensorFlow raises everything from IndexError to OpError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RunFolderError(f"`{path}` cannot be loaded ({reason}); train again with --overwrite") from error
    for signature in ("core", "serving_default"):
        if signature not in loaded.signatures:
            raise RunFolderError(f"`{path}` has no signature `{signature}`; train again with --overwrite")
    return loaded


def reference(loaded: Any) -> Callable[[npt.NDArray[np.uint8]], Floats]:
    """Return the Keras model as a function: (batch, height, width, 3) RGB bytes → (batch, classes) probabilities."""
    signature = loaded.signatures["serving_default"]

    def probabilities(images_rgb: npt.NDArray[np.uint8]) -> Floats:
        return np.asarray(signature(images=tf.constant(images_rgb, tf.float32))[OUTPUT], np.float32)

    return probabilities


def convert_model(
    loaded: Any, recipe: ConversionRecipe, size: Size, calibration_rgb: npt.NDArray[np.uint8] | None = None
) -> bytes:
    """Convert with a static shape and batch 1.

    Args:
        loaded: from `load_saved_model`.
        recipe: how.
        size: of the input.
        calibration_rgb: (photographs, height, width, 3) uint8 RGB for calibrated recipes.

    Raises:
        ConversionError: TensorFlow refuses.
    """
    converter = make_converter(loaded, recipe, size, calibration_rgb)
    with told_refusals(recipe.name), quiet_native_stderr():
        return bytes(converter.convert())


def make_converter(
    loaded: Any, recipe: ConversionRecipe, size: Size, calibration_rgb: npt.NDArray[np.uint8] | None = None
) -> Any:
    """Return a `tf.lite.TFLiteConverter` that is set for a recipe; see `convert_model`."""
    signature = loaded.signatures[recipe.signature]

    @tf.function(input_signature=[tf.TensorSpec((1, size.height, size.width, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def one_frame(images: Any) -> Any:
        return {OUTPUT: signature(images=images)[OUTPUT]}

    with told_refusals(recipe.name), quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([one_frame.get_concrete_function()], loaded)
    if recipe.weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if recipe.weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if recipe.quantized:
        converter.inference_input_type = tf.as_dtype(recipe.input_dtype)
        converter.inference_output_type = tf.as_dtype(recipe.output_dtype)
    if recipe.calibrated:
        if calibration_rgb is None:
            raise ValueError(f"the recipe {recipe.name} needs calibration photographs")
        _calibrate(converter, calibration_rgb)
        converter.target_spec.supported_ops = [_OPERATORS[recipe.activations]]
    return converter


@contextmanager
def told_refusals(name: str) -> Iterator[None]:
    """Turn whatever the converter raises into one sentence.

    Raises:
        ConversionError: the converter raised anything, from RuntimeError to its own ConverterError.
    """
    try:
        yield
    except Exception as error:
        text = str(error).strip()
        unknown = sorted({name for names in _UNKNOWN_OPERATORS.findall(text) for name in names.split(", ")})
        reason = next(iter(text.splitlines()), type(error).__name__)
        if unknown:
            reason = f"LiteRT has no operator for {', '.join(unknown)}; build the network from other layers"
        raise ConversionError(f"TensorFlow cannot convert the model to {name}: {reason}") from error


def with_range_ends(images_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the pictures with one black and one white pixel in the first, so that the input range is exactly [-1, 1].

    Two pixels and not two whole pictures: a white picture would stretch the ranges of inner layers, which no photograph
    does.
    """
    with_ends = images_rgb.copy()
    with_ends[0, 0, 0], with_ends[0, -1, -1] = 0, 255
    return with_ends


def _calibrate(converter: Any, calibration_rgb: npt.NDArray[np.uint8]) -> None:
    converter.representative_dataset = lambda: normalized(with_range_ends(calibration_rgb))


def normalized(images_rgb: npt.NDArray[np.uint8]) -> Iterator[list[Floats]]:
    """Yield the inputs of the signature `core`: each a list of one (1, height, width, 3) float32 within [-1, 1]."""
    for image in images_rgb:
        yield [image[np.newaxis].astype(np.float32) / 127.5 - 1.0]
