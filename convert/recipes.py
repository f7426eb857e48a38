"""Named ways to make a `.tflite`, each with the disagreement that it may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_app.model_card import InputDtype


@dataclass(frozen=True)
class ConversionRecipe:
    """How to convert, and how far the result may be from the Keras model on validation photographs.

    Attributes:
        name: end of the file's name.
        signature: of the SavedModel: `serving_default` takes 0..255, `core` takes [-1, 1].
        input_dtype: of the file's input tensor.
        quantized: whether weights and activations become 8-bit integers.
        least_agreement: share of photographs with the same label, 0..1.
        greatest_mean_difference: mean over photographs of the largest |Δp| among the classes.
        calibrated: whether ranges are measured on photographs; if not, the network brings its own.
    """

    name: str
    signature: Literal["core", "serving_default"]
    input_dtype: InputDtype
    quantized: bool
    least_agreement: float
    greatest_mean_difference: float
    calibrated: bool = False


FLOAT32 = ConversionRecipe("float32", "serving_default", "float32", False, 0.995, 0.001)
"""The network as trained; rescaling is in the graph, so it takes 0..255. The only differences are of rounding."""

INT8 = ConversionRecipe("int8", "core", "uint8", True, 0.95, 0.05, calibrated=True)
"""Full-integer post-training quantization: RGB bytes in, a quarter of the size, 3 to 5 times faster on a CPU."""

INT8_QAT = ConversionRecipe("int8", "core", "uint8", True, 0.98, 0.02)
"""Of a network that was trained with rounding: its own ranges, so it must agree better than `INT8`.

There is no float file of such a network. It would compute the rounding in floating point, slower and no better; the run
that it was made of gives the float file.
"""

RECIPES = (FLOAT32, INT8)
"""In the order they are made."""

RECIPES_QAT = (INT8_QAT,)
"""Of a run whose network holds its own ranges."""
