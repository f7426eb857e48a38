"""Named ways to make a `.tflite`, each with the disagreement that it may show.

"int8" alone says too little: weights, activations, input and output can each be 8-bit or not. So every recipe has a
`summary` that says which, and tables, reports and cards show it beside the name. Speeds are of XNNPACK on 2 cores of a
server with AVX512-VNNI; `convert` measures them anew on the machine that it runs on.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from convert.run_folder import RunFolder
from convert.settings import ConversionSettings
from edge_app.common.errors import UsageError
from edge_app.model.card import InputDtype

ALL = "all"
"""Word of the command line for every recipe that the run can have."""

ONNX = "onnx"
"""Word of the command line: the float32 and int8 files among the others as ONNX too."""

Numbers = Literal["float32", "float16", "int8", "int16"]


@dataclass(frozen=True)
class ConversionRecipe:
    """How to convert, and how far the result may be from the Keras model on validation photographs.

    Attributes:
        name: on the command line, and end of the file's name.
        summary: what is quantized, and what goes in and out, in a few words.
        signature: of the SavedModel: `serving_default` takes 0..255, `core` takes [-1, 1].
        weights: how the file stores them.
        activations: what the operators compute in.
        input_dtype: of the file's input tensor.
        output_dtype: of its scores.
        least_agreement: share of photographs with the same label, 0..1.
        greatest_mean_difference: mean over photographs of the largest |Δp| among the classes.
        greatest_difference: of all photographs; 1: any.
        calibrated: whether ranges are measured on photographs; if not, the network brings its own or needs none.
        most_photographs: of a split that are compared; None: all that the command allows.
    """

    name: str
    summary: str
    signature: Literal["core", "serving_default"]
    weights: Numbers
    activations: Numbers
    input_dtype: InputDtype
    output_dtype: InputDtype
    least_agreement: float
    greatest_mean_difference: float
    greatest_difference: float = 1.0
    calibrated: bool = False
    most_photographs: int | None = None

    @property
    def quantized(self) -> bool:
        """Whether all operators compute in integers."""
        return self.activations in ("int8", "int16")

    @property
    def bias_corrected(self) -> bool:
        """Whether what rounding moves on average is taken out of the biases; 16-bit activations need it not."""
        return self.calibrated and self.activations == "int8"


FLOAT32 = ConversionRecipe(
    "float32", "float32 throughout, 0..255 in", "serving_default", "float32", "float32", "float32", "float32",
    least_agreement=0.999, greatest_mean_difference=1e-4, greatest_difference=1e-3,
)  # fmt: skip
"""The network as trained: nothing is quantized, so it is what the others are held against.

In: float32 RGB, 0..255; rescaling is in the graph. Out: float32 probabilities. Differences are of rounding only. Fast
where there is no 8-bit arithmetic; 3 to 4 ms for MobileNetV2 1.0/224.
"""

FLOAT16 = ConversionRecipe(
    "float16", "float16 kernels, computes in float32, 0..255 in", "serving_default", "float16", "float32",
    "float32", "float32", least_agreement=0.995, greatest_mean_difference=1e-3, greatest_difference=1e-2,
)  # fmt: skip
"""Large kernels are stored in half precision (see `half_precision`): half the download.

In and out as `FLOAT32`. As fast as float32 on a CPU, where kernels are widened once when the file is loaded; a GPU
delegate computes in float16.
"""

DYNAMIC = ConversionRecipe(
    "dynamic", "int8 weights, float32 in and out, activations rounded on the fly", "serving_default", "int8", "float32",
    "float32", "float32", least_agreement=0.97, greatest_mean_difference=0.03,
)  # fmt: skip
"""Dynamic range: kernels are stored as int8; each operator rounds its own input to 8 bits as it comes, per picture.

In and out as `FLOAT32`. Needs no calibration, so no photograph can spoil it, and a quarter of the size. Often slower
than float32 on a CPU: XNNPACK takes the plain convolutions, and depthwise ones stay outside it.
"""

INT8 = ConversionRecipe(
    "int8", "int8 weights and activations, uint8 in and out", "core", "int8", "int8", "uint8", "uint8",
    least_agreement=0.95, greatest_mean_difference=0.05, calibrated=True,
)  # fmt: skip
"""Full-integer post-training quantization: kernels int8 per channel, activations int8 per tensor, biases int32.

In: RGB bytes as they are. Out: probabilities × 256 as uint8. A quarter of the size, and the fastest on every CPU with
8-bit dot products (Pi 5, phones, VNNI): 2 to 4 times faster than float32. What runs on integer-only accelerators.
"""

INT8_INT8IO = replace(
    INT8, name="int8-int8io", summary="int8 weights and activations, int8 in and out", input_dtype="int8",
    output_dtype="int8",
)  # fmt: skip
"""`INT8` without its first and last operator: in go bytes minus 128, out come probabilities × 256 minus 128.

For microcontrollers and accelerators that know int8 only. As fast as `INT8`; MediaPipe refuses such an input.
"""

INT8_FLOATIO = replace(
    INT8, name="int8-floatio", summary="int8 weights and activations, float32 in [-1, 1] and out",
    input_dtype="float32", output_dtype="float32",
)  # fmt: skip
"""`INT8` for programs that can only pass float32: in goes RGB within [-1, 1], out come probabilities.

The first operator rounds the input to 8 bits and the last one widens the scores, so it is as exact as `INT8`, and
slower by the four times larger input.
"""

INT16X8 = ConversionRecipe(
    "int16x8", "int8 weights, int16 activations, float32 in [-1, 1] and out", "core", "int8", "int16", "float32",
    "float32", least_agreement=0.99, greatest_mean_difference=0.01, calibrated=True, most_photographs=400,
)  # fmt: skip
"""16-bit activations on 8-bit kernels, at a third of the size of float32.

What 8-bit activations lose is won back, what 8-bit kernels lose is not: on MobileNetV2 1.0/224 that is more than half
(mean Δp 0.0072, of `INT8` 0.0117).

In: float32 RGB within [-1, 1]. Out: float32 probabilities. Its kernels in LiteRT are plain reference code on one
thread, 20 to 60 times slower than float32 (60 to 200 ms for MobileNetV2 1.0/224), so it is compared on fewer
photographs. For digital signal processors with 16-bit arithmetic.
"""

RECIPES: Mapping[str, ConversionRecipe] = {
    recipe.name: recipe for recipe in (FLOAT32, FLOAT16, DYNAMIC, INT8, INT8_INT8IO, INT8_FLOATIO, INT16X8)
}
"""For a run whose network has no ranges of its own, compressed or not; in the order they are made."""


def _with_learned_ranges(recipe: ConversionRecipe) -> ConversionRecipe:
    return replace(
        recipe,
        summary=f"{recipe.summary}, ranges learned in training",
        least_agreement=0.98,
        greatest_mean_difference=0.02,
        calibrated=False,
    )


INT8_QAT = _with_learned_ranges(INT8)
"""`INT8` of a network from quantization-aware training: it has its own ranges, so it must agree better than `INT8`.

There is no float file of such a network. It would compute the rounding in floating point, slower and no better; the run
that it was fine-tuned from gives the float file.
"""

INT8_INT8IO_QAT = _with_learned_ranges(INT8_INT8IO)
"""`INT8_INT8IO` of such a network."""

INT8_FLOATIO_QAT = _with_learned_ranges(INT8_FLOATIO)
"""`INT8_FLOATIO` of such a network."""

RECIPES_QAT: Mapping[str, ConversionRecipe] = {
    recipe.name: recipe for recipe in (INT8_QAT, INT8_INT8IO_QAT, INT8_FLOATIO_QAT)
}
"""For a run whose network has its own ranges."""

DEFAULT_NAMES = ("float32", "float16", "dynamic", "int8")
"""One for each need: the reference, the half download, the quarter without calibration, and the fast one.

The others are for special hardware or programs, and int16x8 takes longer to prove than all of these together.
"""

_WHITENED = (
    "ZCA whitening multiplies some directions of the picture by 30 and others by less than 1, a range that 8-bit "
    "integers cannot hold; train without it for such a file"
)
_OWN_RANGES = (
    "quantization-aware training made it an 8-bit network; convert the run that it was fine-tuned from for the other "
    "files"
)


def without_onnx(text: str | None) -> tuple[str | None, bool]:
    """Take `onnx` out of the names; return the others (None: the usual ones), and whether it was there."""
    names = [name.strip() for name in (text or "").split(",")]
    if ONNX not in names:
        return text, False
    return ",".join(name for name in names if name != ONNX) or None, True


def has_onnx(recipe: ConversionRecipe) -> bool:
    """Whether its file can be written as ONNX: real numbers throughout, or bytes throughout."""
    return recipe.weights == recipe.activations and recipe.weights in ("float32", "int8")


def parse_names(text: str) -> tuple[str, ...]:
    """Read `all` or names with commas between them.

    Raises:
        UsageError: there is no such recipe.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if names == (ALL,):
        return tuple(RECIPES)
    if not names:
        raise UsageError(f"--recipes names no recipe; choose from {', '.join(RECIPES)}, or {ALL}")
    for name in names:
        if name not in RECIPES:
            close = difflib.get_close_matches(name, RECIPES, 1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(RECIPES)}, or {ALL}"
            raise UsageError(f"there is no recipe `{name}`; {hint}")
    return names


def choose_recipes(run: RunFolder, text: str | None) -> tuple[tuple[ConversionRecipe, ...], tuple[str, ...]]:
    """Return what is made of a run, in the order of `RECIPES`, and a sentence for each recipe that it cannot have.

    Args:
        run: to convert.
        text: of the command line; None: `DEFAULT_NAMES`.

    Raises:
        UsageError: there is no such recipe, or the run cannot have one that was asked for by its name.
    """
    names = DEFAULT_NAMES if text is None else parse_names(text)
    possible = RECIPES_QAT if run.quantized else RECIPES
    obstacles = {name: why for name in RECIPES if name in names and (why := _obstacle(run, name)) is not None}
    if obstacles and are_named(text):
        name, why = next(iter(obstacles.items()))
        raise UsageError(f"`{run.path}` cannot have the recipe {name}: {why}")
    chosen = tuple(recipe for name, recipe in possible.items() if name in names and name not in obstacles)
    return chosen, _sentences(obstacles)


def are_named(text: str | None) -> bool:
    """Whether the user named the recipes one by one: then each of them must come to be."""
    return text is not None and text.strip() != ALL


def refuse_unused_settings(settings: ConversionSettings, recipes: Sequence[ConversionRecipe]) -> None:
    """Refuse settings that none of the chosen recipes has a use for.

    Raises:
        UsageError: there is such a setting.
    """
    calibrated = any(recipe.calibrated for recipe in recipes)
    if settings.calibration is not None and not calibrated:
        raise UsageError(
            f"--calibration was given, but none of the files ({', '.join(recipe.name for recipe in recipes)}) is "
            "calibrated; leave it out, or choose other --recipes"
        )
    if settings.onnx and not any(map(has_onnx, recipes)):
        raise UsageError(
            f"none of the files ({', '.join(recipe.name for recipe in recipes)}) can be written as ONNX; add "
            f"{FLOAT32.name} or {INT8.name} to --recipes"
        )
    if settings.diagnose and not any(recipe.name == INT8.name and recipe.calibrated for recipe in recipes):
        raise UsageError(
            f"--diagnose examines the calibrated {INT8.name} file ({INT8.summary}), which is not among the files; "
            "leave it out, or choose other --recipes"
        )


def _obstacle(run: RunFolder, name: str) -> str | None:
    if run.quantized:
        return None if name in RECIPES_QAT else _OWN_RANGES
    if run.whitened and RECIPES[name].weights == "int8":
        return _WHITENED
    return None


def _sentences(obstacles: Mapping[str, str]) -> tuple[str, ...]:
    """One per reason."""
    reasons: Sequence[str] = tuple(dict.fromkeys(obstacles.values()))
    return tuple(
        f"no {', '.join(name for name in obstacles if obstacles[name] == reason)} file: {reason}" for reason in reasons
    )
