"""The preprocessing hypotheses: how a picture may be put into a model, and its scores read.

Trainers and apps disagree on these. Everything goes through `edge_app.model.preparation` with the card changed, so what
wins here is what the app does once the file says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from edge_app.model.card import ModelCard, ResizeRule
from edge_app.model.classifier import Classifier
from edge_app.model.preparation import Preparer, value_table
from edge_app.model.scores import Quantization, ScoreReader
from edge_app.photographs.decoder import Image

Channels = Literal["RGB", "BGR"]
Pixels = Literal["normalized", "raw", "wrapped"]
Reading = Literal["numbers", "unsigned"]


_SHORT: dict[ResizeRule, str] = {"squash": "squashed", "center_crop": "centre crop", "center_zoom": "inner 80 %"}


@dataclass(frozen=True)
class Scaling:
    """What happens to pixel values 0..255 on their way into the tensor.

    Attributes:
        key: word on the command line.
        name: for people.
        mean: of RGB, subtracted from 0..255 ...
        std: ... before dividing.
        pixels: `normalized`, and quantized as the input tensor says; `raw`: the bytes as they are (less 128 for an int8
            tensor); `wrapped`: bytes whose bits are read as int8.
    """

    key: str
    name: str
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    pixels: Pixels = "normalized"


def _same(key: str, name: str, mean: float, std: float) -> Scaling:
    return Scaling(key, name, (mean,) * 3, (std,) * 3)


SYMMETRIC = _same("symmetric", "[-1, 1]", 127.5, 127.5)
UNIT = _same("unit", "[0, 1]", 0.0, 255.0)
BYTES = _same("bytes", "[0, 255]", 0.0, 1.0)
TORCH = Scaling("torch", "ImageNet mean and std", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
CAFFE = Scaling("caffe", "ImageNet mean subtracted", (123.68, 116.779, 103.939))
TWICE = _same("twice", "normalized twice, to [0, 1] and then to [-1, 1]", 127.5 * 255.0, 127.5 * 255.0)
RAW = Scaling("raw", "raw bytes", pixels="raw")
WRAPPED = Scaling("wrapped", "bytes read as int8", pixels="wrapped")

SCALINGS = (SYMMETRIC, UNIT, BYTES, TORCH, CAFFE, TWICE, RAW, WRAPPED)
"""ImageNet's numbers: torchvision's transforms, and Keras' `caffe` mode of `imagenet_utils.preprocess_input`."""


@dataclass(frozen=True)
class Preprocessing:
    """One hypothesis: how a picture is put in, and how the scores are read.

    Attributes:
        scaling: of the pixel values.
        channels: order in the tensor.
        resize: see `ModelCard`.
        reading: of an int8 output: `numbers`, or `unsigned`: its bits read as bytes. The latter is a mistake of apps.
    """

    scaling: Scaling
    channels: Channels
    resize: ResizeRule
    reading: Reading = "numbers"

    def changes_from(self, other: Preprocessing) -> list[str]:
        """Say what is different from another way, a few words each."""
        parts: list[str] = []
        if self.channels != other.channels:
            parts.append(self.channels)
        if self.scaling != other.scaling:
            parts.append(self.scaling.name)
        if self.resize != other.resize:
            parts.append(_SHORT[self.resize])
        if self.reading != other.reading:
            parts.append("int8 scores read as bytes" if self.reading == "unsigned" else "scores dequantized")
        return parts


def stated_scaling(card: ModelCard) -> Scaling:
    """Return what a card states, under its usual name where it has one."""
    for scaling in SCALINGS:
        if scaling.pixels == "normalized" and (scaling.mean, scaling.std) == (card.mean, card.std):
            return scaling
    numbers = f"mean {_numbers(card.mean)} and std {_numbers(card.std)}"
    return Scaling("stated", numbers, card.mean, card.std)


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in (values[:1] if len(set(values)) == 1 else values))


class ModelUnderTest:
    """One model that is tried with many ways of preprocessing.

    Args:
        classifier: of the file.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.card = classifier.card
        inputs, outputs = classifier.interpreter.get_input_details(), classifier.interpreter.get_output_details()
        self._input = int(inputs[0]["index"])
        self._input_quantization = Quantization(*inputs[0]["quantization"])
        self._output_quantization = Quantization(*outputs[0]["quantization"])
        self.output_dtype = np.dtype(outputs[0]["dtype"]).name
        self._preparers: dict[Preprocessing, Preparer] = {}

    @property
    def path(self) -> Path:
        """Return the file."""
        return self._classifier.path

    def stated(self) -> Preprocessing:
        """Return the preprocessing that the file itself states, as edge_app does it."""
        return Preprocessing(stated_scaling(self.card), "RGB", self.card.resize)

    def scalings(self, current: Scaling) -> list[Scaling]:
        """Return the scalings that give this tensor different values, `current` first."""
        quantized = self.card.input_dtype != "float32"
        candidates = [current, *(one for one in SCALINGS if quantized or one.pixels == "normalized")]
        if self.card.input_dtype != "int8":
            candidates = [one for one in candidates if one.pixels != "wrapped"]
        tables: list[npt.NDArray[Any]] = []
        different = []
        for scaling in candidates:
            table = self._table(scaling)
            if not any(_same_table(table, other) for other in tables):
                tables.append(table)
                different.append(scaling)
        return different

    def scores(self, preprocessing: Preprocessing, small_bgr: Image) -> npt.NDArray[np.float32]:
        """Run the model.

        Args:
            preprocessing: how.
            small_bgr: (input height, input width, 3) uint8 BGR, resized by the rule of `preprocessing`.

        Returns:
            (classes,) float32.
        """
        picture = small_bgr if preprocessing.channels == "RGB" else np.ascontiguousarray(small_bgr[..., ::-1])
        tensor = self._classifier.interpreter.tensor(self._input)
        if preprocessing.scaling.pixels == "wrapped":
            tensor()[0] = picture[..., ::-1].view(np.int8)
        else:
            self._preparer(preprocessing).prepare(picture, tensor())
        self._classifier.invoke()
        raw = self._classifier.raw_scores()
        return ScoreReader(self._output_quantization).read(
            raw.view(np.uint8) if preprocessing.reading == "unsigned" else raw
        )

    def _preparer(self, preprocessing: Preprocessing) -> Preparer:
        if preprocessing not in self._preparers:
            scaling = preprocessing.scaling
            card = replace(self.card, mean=scaling.mean, std=scaling.std, resize=preprocessing.resize)
            self._preparers[preprocessing] = Preparer(card, self._quantization(scaling))
        return self._preparers[preprocessing]

    def _quantization(self, scaling: Scaling) -> Quantization:
        return self._input_quantization if scaling.pixels == "normalized" else Quantization()

    def _table(self, scaling: Scaling) -> npt.NDArray[Any]:
        """What the tensor holds for each byte."""
        if scaling.pixels == "wrapped":
            return np.broadcast_to(np.arange(256, dtype=np.uint8).view(np.int8), (3, 256))
        card = replace(self.card, mean=scaling.mean, std=scaling.std)
        return value_table(card, self._quantization(scaling))


def _same_table(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Within one level two tables of bytes are the same; the preparation of the app says so too."""
    if one.dtype == np.float32:
        return bool(np.allclose(one, other, rtol=0, atol=1e-6 * float(np.abs(one).max())))
    return int(np.abs(one.astype(np.int64) - other.astype(np.int64)).max()) <= 1
