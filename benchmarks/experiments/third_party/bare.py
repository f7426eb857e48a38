"""A bare interpreter of the runtime, fed as a file's publisher documents: nothing of the app but its resizing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from edge_app.model.runtime import interpreter_module
from edge_app.photographs.decoder import Image

ONE_SCORE_LIMIT = 0.5
"""A single score above this is of the second of two labels."""


@dataclass(frozen=True)
class Feeding:
    """How a picture gets into the input tensor.

    Attributes:
        raw: bytes as they are, less 128 for int8; the numbers below do not count then.
        mean: of RGB, one or three: taken off every byte.
        std: what remains is divided by it; a quantized input gets the result as its scale and zero point have it.
        blue_first: BGR instead of RGB.
        size: of the picture, for a network that takes any.
    """

    raw: bool = False
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    blue_first: bool = False
    size: Size | None = None

    def __str__(self) -> str:
        if self.raw:
            return "bytes as they are"
        order = "BGR" if self.blue_first else "RGB"
        mean, std = (", ".join(f"{number:g}" for number in numbers) for numbers in (self.mean, self.std))
        return f"({order} - [{mean}]) / [{std}]"

    def numbers(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return what a float input gets; rgb: (..., 3) uint8, and so is the shape of the result."""
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        numbers = (rgb.astype(np.float32) - mean) / std
        return np.ascontiguousarray(numbers[..., ::-1] if self.blue_first else numbers)


BYTES = Feeding(raw=True)
FLOAT_BYTES = Feeding()
UNIT = Feeding(std=(255.0,))
SYMMETRIC = Feeding(mean=(127.5,), std=(127.5,))
TORCH = Feeding(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
CAFFE = Feeding(mean=(123.68, 116.779, 103.939), blue_first=True)


class BareModel:
    """A `.tflite` file in the runtime's own interpreter.

    Args:
        path: of the file.
        feeding: as its publisher documents it.
        output: place of the output that holds the scores.
    """

    def __init__(self, path: Path, feeding: Feeding, output: int = 0) -> None:
        self._feeding = feeding
        self._interpreter = interpreter_module().Interpreter(model_path=str(path))
        self._input = self._interpreter.get_input_details()[0]
        if feeding.size is not None:
            shape = [1, feeding.size.height, feeding.size.width, 3]
            self._interpreter.resize_tensor_input(self._input["index"], shape)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[output]["index"]

    def best(self, frame_bgr: Image) -> int:
        """Return the place of the best label; of one score, 1 if it is above the limit.

        Args:
            frame_bgr: (height, width, 3) uint8 BGR.
        """
        _, height, width, _ = self._input["shape"]
        rgb = resize_rgb(frame_bgr, Size(int(width), int(height)))
        self._interpreter.set_tensor(self._input["index"], fed(rgb, self._feeding, self._input)[np.newaxis])
        self._interpreter.invoke()
        scores = self._interpreter.get_tensor(self._output).reshape(-1)
        return int(scores[0] > ONE_SCORE_LIMIT) if len(scores) == 1 else int(scores.argmax())


def fed(rgb: Image, feeding: Feeding, details: dict[str, Any]) -> npt.NDArray[Any]:
    """Return what the input tensor gets, (height, width, 3).

    Args:
        rgb: (height, width, 3) uint8, of the size of the input.
        feeding: see `Feeding`.
        details: of the input, from the interpreter.
    """
    dtype = np.dtype(details["dtype"])
    if feeding.raw:
        return (rgb.astype(np.int16) + np.iinfo(dtype).min).astype(dtype)
    numbers = feeding.numbers(rgb)
    if dtype.kind == "f":
        return numbers
    scale, zero_point = details["quantization"]
    limits = np.iinfo(dtype)
    stored: npt.NDArray[Any] = np.rint(numbers / scale + zero_point).clip(limits.min, limits.max).astype(dtype)
    return stored
