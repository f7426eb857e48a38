"""Which tensors of a `.tflite` file take the picture and give the scores, and how they hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.common.errors import ModelFileError
from edge_app.model.card import Size
from edge_app.model.graph_facts import quantized_range
from edge_app.model.scores import Quantization

_SCORES = ("uint8", "int8", "int16", "float16", "float32")  # types of an output
_BYTE_TYPES = ("uint8", "int8")


@dataclass(frozen=True)
class Layout:
    """How an input tensor holds a picture.

    Attributes:
        channels: 3 for RGB, 1 for grey.
        channels_first: (1, channels, height, width) instead of (1, height, width, channels).
        blue_first: BGR instead of RGB.
    """

    channels: int = 3
    channels_first: bool = False
    blue_first: bool = False


RGB_LAST = Layout()


@dataclass(frozen=True)
class TensorFacts:
    """What the interpreter says about a model's input and output.

    Attributes:
        input_size: of the picture.
        input_dtype: of the input tensor.
        classes: number of scores.
        input_range: of the real values that a quantized input can hold; None: it is not quantized.
        layout: of the input tensor.
    """

    input_size: Size
    input_dtype: str
    classes: int
    input_range: tuple[float, float] | None = None
    layout: Layout = RGB_LAST


def tensor_facts(path: Path, inputs: Sequence[dict[str, Any]], output: dict[str, Any]) -> TensorFacts:
    """Read what there is to know about the tensors.

    Args:
        path: for error messages.
        inputs: `get_input_details()` of the interpreter.
        output: of its `get_output_details()`, see `scores_output`.

    Raises:
        ModelFileError: the input takes no picture, or the output holds no scores.
    """
    shape = [int(length) for length in inputs[0]["shape"]] if inputs else []
    layout = _layout(shape) if len(inputs) == 1 else None
    if layout is None or min(shape) < 1:
        raise ModelFileError(
            f"`{path}` is not an image classifier: its input has shape {shape}; one of [1, height, width, 3] is needed"
        )
    height, width = shape[2:] if layout.channels_first else shape[1:3]
    dtype = np.dtype(inputs[0]["dtype"]).name
    quantization = quantization_of(path, inputs[0])
    held = None
    if quantization.scale > 0.0 and dtype in _BYTE_TYPES:
        held = quantized_range(dtype, quantization.scale, quantization.zero_point)
    return TensorFacts(Size(width, height), dtype, _classes(path, output), held, layout)


def _layout(shape: Sequence[int]) -> Layout | None:
    """Tell where the channels are; None: it is no picture."""
    if len(shape) != 4 or shape[0] != 1:
        return None
    if shape[3] in (1, 3):
        return Layout(shape[3])
    return Layout(shape[1], channels_first=True) if shape[1] in (1, 3) else None


def scores_output(path: Path, outputs: Sequence[dict[str, Any]], labels: int) -> int:
    """Return the place of the one of several outputs that has a score per label.

    Args:
        path: for error messages.
        outputs: `get_output_details()` of the interpreter, at least two.
        labels: number of labels; 0: unknown.

    Raises:
        ModelFileError: none or more than one has a score per label.
    """
    counts = [_flat_length(output) for output in outputs]
    fitting = [place for place, count in enumerate(counts) if count and count == labels]
    if len(fitting) == 1:
        return fitting[0]
    shapes = ", ".join(str([int(length) for length in output["shape"]]) for output in outputs)
    raise ModelFileError(
        f"`{path}` has {len(outputs)} outputs ({shapes}), and {'none' if not fitting else 'more than one'} of them has "
        f"a score for each of {labels:,} labels; give the labels of one of them with --labels FILE"
    )


def quantization_of(path: Path, details: dict[str, Any]) -> Quantization:
    """Return the quantization of a tensor.

    Raises:
        ModelFileError: its scale is no number to divide by.
    """
    scale, zero_point = details["quantization"]
    if not 0.0 <= scale < np.inf:
        raise ModelFileError(f"`{path}` is damaged: the scale of a tensor is {scale}; convert or download it again")
    return Quantization(float(scale), int(zero_point))


def _flat_length(output: dict[str, Any]) -> int:
    """Return the number of scores of an output; 0: it holds something else."""
    shape = [int(length) for length in output["shape"]]
    return shape[-1] if shape and shape[0] == 1 and shape[-1] == int(np.prod(shape)) else 0


def _classes(path: Path, output: dict[str, Any]) -> int:
    count = _flat_length(output)
    if not count:
        shape = [int(length) for length in output["shape"]]
        raise ModelFileError(f"`{path}` is not a classifier: its output has shape {shape}; [1, classes] is needed")
    scores = np.dtype(output["dtype"])
    if scores.name not in _SCORES:
        raise ModelFileError(
            f"`{path}` is not a classifier: its scores are {scores.name}; {', '.join(_SCORES)} are supported"
        )
    return count
