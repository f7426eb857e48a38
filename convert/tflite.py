"""From a SavedModel to `.tflite` bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from convert.recipes import ConversionRecipe
from edge_app.errors import ConversionError, RunFolderError
from edge_app.model_card import Size
from edge_app.native_output import quiet_native_stderr

OUTPUT = "probabilities"

Floats = npt.NDArray[np.float32]


def load_saved_model(path: Path) -> Any:
    """Load a SavedModel and check that it has both signatures.

    Raises:
        RunFolderError: it cannot be loaded, or a signature is missing.
    """
    try:
        with quiet_native_stderr():
            loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0]
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
    signature = loaded.signatures[recipe.signature]

    @tf.function(input_signature=[tf.TensorSpec((1, size.height, size.width, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def one_frame(images: Any) -> Any:
        return {OUTPUT: signature(images=images)[OUTPUT]}

    try:
        with quiet_native_stderr():
            converter = tf.lite.TFLiteConverter.from_concrete_functions([one_frame.get_concrete_function()], loaded)
            if recipe.quantized:
                _quantize(converter)
            if recipe.calibrated:
                if calibration_rgb is None:
                    raise ValueError(f"the recipe {recipe.name} needs calibration photographs")
                _calibrate(converter, calibration_rgb)
            return bytes(converter.convert())
    except Exception as error:  # the converter raises everything from RuntimeError to its own ConverterError
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ConversionError(f"TensorFlow cannot convert the model to {recipe.name}: {reason}") from error


def with_range_ends(images_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Add one all-0 and one all-255 picture, so that the calibrated input range is exactly [-1, 1]."""
    black = np.zeros_like(images_rgb[:1])
    return np.concatenate([images_rgb, black, np.full_like(black, 255)])


def _quantize(converter: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8


def _calibrate(converter: Any, calibration_rgb: npt.NDArray[np.uint8]) -> None:
    def samples() -> Iterator[list[Floats]]:
        for image in with_range_ends(calibration_rgb):
            yield [image[np.newaxis].astype(np.float32) / 127.5 - 1.0]

    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
