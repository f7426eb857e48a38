"""A head of new classes written into a finished network: a file like any other of ours, made without a converter.

Of the network only the end changes: weights, bias, their scales and the shapes behind them. Layers between the features
and the old head go. A quantized head is rounded as LiteRT's specification asks for: weights symmetric in 8 bits, with a
scale per class where the old head had them; the bias in 32 bits; logits on a grid of 256 steps over their range.
https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import ModelFileError
from edge_app.model.card import ModelCard, description_of, read_own_card
from edge_app.model.flatbuffer import BadFlatBufferError, Table, root_table
from edge_app.model.flatbuffer_edit import Edit
from edge_app.model.metadata import CARD_FILE, LABELS_FILE, METADATA_NAME, appended_zip, zip_of
from edge_app.model.scores import NOT_QUANTIZED, Quantization
from edge_app.teaching.backbone import Backbone, Ending, find_ending
from edge_app.teaching.head import LinearHead

_BUFFERS, _METADATA = 4, 6  # fields of Model
_OUTPUTS, _OPERATORS, _INPUTS = 2, 3, 1  # fields of SubGraph, of Operator
_SHAPE, _KIND, _BUFFER, _QUANTIZATION, _SHAPE_SIGNATURE = 0, 1, 2, 4, 7  # fields of Tensor
_SCALES, _ZERO_POINTS = 2, 3  # fields of QuantizationParameters
_STORED_AS = {0: np.float32, 1: np.float16, 9: np.int8}  # TensorType
_BUFFER_ALIGNMENT = 16  # `force_align: 16` of the schema
_ROOM = 0.1  # of the range of logits, at either end, for pictures that nobody has shown
_NARROWEST = 4.0  # range of logits: less would make the grid of scores no finer


@dataclass(frozen=True)
class _StoredHead:
    """A head as the tensors hold it.

    Attributes:
        kernel: (classes, width) int8 or float.
        bias: (classes,) int32 or float32.
        kernel_scales: (classes,) or (1,); empty: not quantized.
        bias_scales: likewise.
        logits: quantization of the head's output.
    """

    kernel: npt.NDArray[Any]
    bias: npt.NDArray[Any]
    kernel_scales: npt.NDArray[np.float32]
    bias_scales: npt.NDArray[np.float32]
    logits: Quantization


def with_head(backbone: Backbone, head: LinearHead, logits: npt.NDArray[np.float64], card: ModelCard) -> bytes:
    """Return the file of a network with another head.

    Args:
        backbone: the network; its file is read again.
        head: with as many classes as the card has labels.
        logits: (photographs, classes) that the head gives: the grid of a quantized output covers their range.
        card: of the new file.

    Raises:
        ModelFileError: the file has changed, or is laid out in a way that no converter uses.
    """
    starts_at, members = appended_zip(backbone.path)
    content = backbone.path.read_bytes()[:starts_at]
    try:
        writer = _Writer(content, find_ending(backbone.path, content))
        writer.put(head, backbone.quantization, logits)
        writer.name(card)
    except (BadFlatBufferError, StopIteration) as error:
        raise ModelFileError(f"`{backbone.path}` cannot be given a new head: {error}; convert it again") from error
    own = {LABELS_FILE: "\n".join(card.labels).encode(), CARD_FILE: card.to_json().encode()}
    return bytes(writer.edit.content) + zip_of({**members, **own})


def as_backbone(path: Path, trained_on: str) -> bytes:
    """Return the file of a network with its features as the output, which `Backbone` takes like the network itself.

    The last layers stay in the file, for a head to replace. What was measured of the labels is left out of the card.

    Args:
        path: a file that can be taught.
        trained_on: which pictures the network has seen, in words.

    Raises:
        ModelFileError: no new head fits on it.
    """
    starts_at, members = appended_zip(path)
    content = path.read_bytes()[:starts_at]
    ending = find_ending(path, content)
    card = replace(
        read_own_card(path),
        features=True,
        trained_on=trained_on,
        neither_threshold=None,
        accuracy=None,
        other_source=None,
    )
    writer = _Writer(content, ending)
    writer.give(ending.features)
    writer.name(card)
    return bytes(writer.edit.content) + zip_of({**members, CARD_FILE: card.to_json().encode()})


class _Writer:
    """Changes a copy of a network.

    Args:
        content: the flatbuffer.
        ending: of its graph.
    """

    def __init__(self, content: bytes, ending: Ending) -> None:
        self.edit = Edit(content)
        self._ending = ending
        self._model = root_table(content)
        self._buffers = list(self._model.tables(_BUFFERS))
        self._graph = next(self._model.tables(2))
        self._tensors = list(self._graph.tables(0))
        self._operators = list(self._graph.tables(_OPERATORS))

    def put(self, head: LinearHead, features: Quantization, logits: npt.NDArray[np.float64]) -> None:
        """Put a head in the place of the old one, and the layers before it, if there are any, out of the graph."""
        ending, tensors = self._ending, self._tensors
        kernel, bias = tensors[ending.kernel[0]], tensors[ending.bias[0]]
        stored = _rounded(head, features, logits, len(_scales(kernel)))
        self._store(kernel, stored.kernel, stored.kernel_scales)
        self._store(bias, stored.bias, stored.bias_scales)
        if stored.logits != NOT_QUANTIZED:
            self._quantize(tensors[ending.results[0]], [stored.logits.scale], stored.logits.zero_point)
        width, classes = head.kernel.shape
        for places, shape in (
            (ending.kernel, (classes, width)),
            (ending.bias, (classes,)),
            (ending.results, (1, classes)),
        ):
            for place in places:
                self._shape(tensors[place], shape)
        reading = self._operators[ending.head]
        inputs = [ending.features, *reading.ints(_INPUTS).tolist()[1:]]
        self.edit.set_vector(reading, _INPUTS, np.array(inputs, np.int32))
        kept = [place for place in range(len(self._operators)) if place not in ending.hidden]
        self.edit.keep_tables(self._graph, _OPERATORS, kept)
        if self._graph.ints(_OUTPUTS).tolist() != [ending.results[-1]]:
            self.give(ending.results[-1])

    def give(self, tensor: int) -> None:
        """Let a tensor be the output."""
        self.edit.set_vector(self._graph, _OUTPUTS, np.array([tensor], np.int32))
        self.edit.drop_signatures(self._model)

    def name(self, card: ModelCard) -> None:
        """Let the standard metadata say what the card says; a file without it stays without."""
        for entry in self._model.tables(_METADATA):
            if entry.string(0) == METADATA_NAME:
                buffer = self._buffers[int(entry.scalar(1, "I"))]
                content = buffer.bytes_view(0).tobytes()
                inner, root = Edit(content), root_table(content)
                inner.set_text(root, 0, card.name)
                inner.set_text(root, 1, description_of(card))
                self._fill(buffer, bytes(inner.content))

    def _store(self, tensor: Table, values: npt.NDArray[Any], scales: npt.NDArray[np.float32]) -> None:
        kind = _STORED_AS.get(int(tensor.scalar(_KIND, "b")), values.dtype)  # int32 stays
        self._fill(self._buffers[int(tensor.scalar(_BUFFER, "I"))], values.astype(kind).tobytes())
        if len(scales):
            self._quantize(tensor, scales.tolist(), 0)

    def _fill(self, buffer: Table, content: bytes) -> None:
        self.edit.set_vector(buffer, 0, np.frombuffer(content, np.uint8), _BUFFER_ALIGNMENT)

    def _quantize(self, tensor: Table, scales: list[float], zero_point: int) -> None:
        quantization = tensor.table(_QUANTIZATION)
        if quantization is None:
            raise BadFlatBufferError("a quantized tensor has no scale")
        self.edit.set_vector(quantization, _SCALES, np.array(scales, np.float32))
        self.edit.set_vector(quantization, _ZERO_POINTS, np.full(len(scales), zero_point, np.int64), 8)

    def _shape(self, tensor: Table, shape: tuple[int, ...]) -> None:
        self.edit.set_vector(tensor, _SHAPE, np.array(shape, np.int32))
        if len(tensor.ints(_SHAPE_SIGNATURE)):
            self.edit.set_vector(tensor, _SHAPE_SIGNATURE, np.array(shape, np.int32))


def _scales(tensor: Table) -> npt.NDArray[np.float32]:
    quantization = tensor.table(_QUANTIZATION)
    return np.empty(0, np.float32) if quantization is None else quantization.floats(_SCALES)


def _rounded(
    head: LinearHead, features: Quantization, logits: npt.NDArray[np.float64], scale_count: int
) -> _StoredHead:
    """Round a head to what the tensors hold.

    Args:
        head: exact.
        features: how the features are quantized.
        logits: see `with_head`.
        scale_count: of the old kernel: 0 of a float file, 1, or one per old class.
    """
    kernel = head.kernel.T  # (classes, width)
    if not scale_count:
        none = np.empty(0, np.float32)
        return _StoredHead(kernel, head.bias, none, none, NOT_QUANTIZED)
    largest = np.abs(kernel).max(axis=1) if scale_count > 1 else np.abs(kernel).max(keepdims=True).reshape(1)
    # the bias must be within 2³⁰ steps also where all weights are nearly 0
    smallest = max(float(np.abs(head.bias).max()) / (features.scale * 2.0**30), 1e-12)
    kernel_scales = np.maximum(largest / 127.0, smallest).astype(np.float32)
    bias_scales = (kernel_scales * features.scale).astype(np.float32)
    return _StoredHead(
        np.rint(kernel / kernel_scales.astype(np.float64)[:, np.newaxis]),
        np.rint(head.bias / bias_scales.astype(np.float64)).astype(np.int32),
        kernel_scales,
        bias_scales,
        _grid_over(logits),
    )


def _grid_over(logits: npt.NDArray[np.float64]) -> Quantization:
    """Return 256 steps over the range of logits, with some room, 0 among them."""
    low, high = min(0.0, float(logits.min())), max(0.0, float(logits.max()))
    room = max(_ROOM * (high - low), (_NARROWEST - (high - low)) / 2)
    scale = float(np.float32((high - low + 2 * room) / 255.0))
    return Quantization(scale, int(np.clip(np.rint(-128 - (low - room) / scale), -128, 127)))
