"""Make the small models anew: `python -m tests.models.make`; a test holds the committed files to it, byte for byte.

224×224 RGB → means of 32×32 pixels → 8 maps of colours → their means → 1,001 scores: the operators, types, scales and
metadata of two quantized ImageNet classifiers that people download, in 30 KB. No converter is needed: the tensors are
written as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from edge_app.model.metadata_writer import write_metadata
from tests.models import INT8, LABELS, UINT8

SIZE, CELL, MAPS = 224, 32, 8
TYPES = {"uint8": schema.TensorType.UINT8, "int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32}
VALUE_SCALE = 2 / 255  # of pixels from -1 to 1, and of maps from 0 to 2
SCORE_SCALE, LOGIT_SCALE, LOGIT_ZERO = 1 / 256, 0.25, 20
CERTAINTY = 30.0  # logits per unit of a colour


def colour_kernel() -> np.ndarray:
    """(8, 3, 3, 3) float64: redness, greenness, blueness, darkness, brightness, and three maps of edges."""
    kernel = np.random.default_rng(0).uniform(-0.1, 0.1, (MAPS, 3, 3, 3))
    kernel[:5] = 0.0
    kernel[:3, 1, 1] = 1.5 * np.eye(3) - 0.5
    kernel[3, 1, 1], kernel[4, 1, 1] = -1 / 3, 1 / 3
    return kernel


def score_kernel() -> np.ndarray:
    """(1001, 1, 1, 8) float64: the first maps are the classes 1 to 5; the others are noise."""
    kernel = np.random.default_rng(1).uniform(-0.5, 0.5, (len(LABELS), 1, 1, MAPS))
    kernel[:6] = 0.0
    kernel[1:6, 0, 0, :5] = CERTAINTY * np.eye(5)
    return kernel


def score_bias() -> np.ndarray:
    """(1001,) float64: what shows no colour is background."""
    return np.where(np.arange(len(LABELS)) == 0, 8.0, 0.0)


@dataclass
class Network:
    """A graph in the making.

    Attributes:
        kind: "uint8" or "int8", the type of everything between input and output.
    """

    kind: str
    tensors: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)
    codes: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])

    def tensor(
        self, name: str, shape: Sequence[int], kind: str, scales: Sequence[float] = (), zeros: Sequence[int] = ()
    ) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name, list(shape), TYPES[kind], 0
        if scales:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = list(scales), list(zeros)
        self.tensors.append(made)
        return len(self.tensors) - 1

    def values(self, name: str, shape: Sequence[int], zero: int, scale: float = VALUE_SCALE) -> int:
        """Values between operators; `zero` is that of uint8."""
        return self.tensor(name, shape, self.kind, [scale], [zero - (128 if self.kind == "int8" else 0)])

    def constant(self, name: str, content: np.ndarray, scales: Sequence[float] = (), zeros: Sequence[int] = ()) -> int:
        place = self.tensor(name, content.shape, content.dtype.name, scales, zeros)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(content.tobytes(), np.uint8)
        self.buffers.append(buffer)
        self.tensors[place].buffer = len(self.buffers) - 1
        return place

    def operator(self, name: str, inputs: Sequence[int], output: int, options: str = "", **values: object) -> int:
        code = getattr(schema.BuiltinOperator, name)
        if code not in self.codes:
            self.codes.append(code)
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = self.codes.index(code), list(inputs), [output]
        if options:
            made.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            made.builtinOptions = getattr(schema, f"{options}T")()
            for key, value in values.items():
                setattr(made.builtinOptions, key, value)
        self.operators.append(made)
        return output

    def convolution(
        self, name: str, picture: int, output: int, kernel: np.ndarray, bias: np.ndarray, activation: int
    ) -> int:
        """A scale for the whole kernel where all is uint8, one per channel where all is int8."""
        largest = np.abs(kernel).reshape(len(kernel), -1).max(axis=1)
        if self.kind == "uint8":
            scales, zeros = np.full(len(kernel), largest.max() / 127), [128]
        else:
            scales, zeros = np.maximum(largest, 1e-3) / 127, [0] * len(kernel)
        stored = np.rint(kernel / scales[:, np.newaxis, np.newaxis, np.newaxis]) + zeros[0]
        weight_scales = scales if self.kind == "int8" else scales[:1]
        kernels = self.constant(f"{name}/kernel", stored.astype(self.kind), weight_scales.tolist(), zeros)
        bias_scales = weight_scales * self.tensors[picture].quantization.scale[0]
        biases = np.rint(bias / bias_scales).astype(np.int32)
        added = self.constant(f"{name}/bias", biases, bias_scales.tolist(), [0] * len(bias_scales))
        stride, padding = (2, schema.Padding.SAME) if kernel.shape[1] > 1 else (1, schema.Padding.VALID)
        return self.operator(
            "CONV_2D", [picture, kernels, added], output, "Conv2DOptions", padding=padding, strideW=stride,
            strideH=stride, dilationWFactor=1, dilationHFactor=1, fusedActivationFunction=activation,
        )  # fmt: skip

    def means(self, picture: int, output: int, side: int) -> int:
        return self.operator(
            "AVERAGE_POOL_2D", [picture], output, "Pool2DOptions", padding=schema.Padding.VALID, strideW=side,
            strideH=side, filterWidth=side, filterHeight=side,
        )  # fmt: skip

    def to_bytes(self, taken: int, given: int) -> bytes:
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = "main", self.tensors, self.operators
        graph.inputs, graph.outputs = [taken], [given]
        model = schema.ModelT()
        model.version, model.description = 3, "Made by tests.models"
        model.subgraphs, model.buffers = [graph], self.buffers
        model.operatorCodes = []
        for code in self.codes:
            named = schema.OperatorCodeT()
            named.builtinCode, named.deprecatedBuiltinCode, named.version = code, min(code, 127), 1
            model.operatorCodes.append(named)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def network(kind: str) -> bytes:
    """The bytes of a network without metadata: `kind` is "uint8" all the way, or "int8" between two conversions."""
    net = Network(kind)
    none, relu = schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU
    cells = SIZE // CELL
    if kind == "uint8":
        taken = picture = net.values("input", (1, SIZE, SIZE, 3), 128, 1 / 128)
    else:
        taken = net.tensor("input", (1, SIZE, SIZE, 3), "uint8", [VALUE_SCALE], [127])
        picture = net.operator("QUANTIZE", [taken], net.values("signed", (1, SIZE, SIZE, 3), 127))
    zero = 128 if kind == "uint8" else 127
    scale = net.tensors[picture].quantization.scale[0]
    small = net.means(picture, net.values("cells", (1, cells, cells, 3), zero, scale), CELL)
    half = (cells + 1) // 2
    maps = net.values("maps", (1, half, half, MAPS), 0)
    net.convolution("colours", small, maps, colour_kernel(), np.zeros(MAPS), relu)
    mean = net.means(maps, net.values("means", (1, 1, 1, MAPS), 0), half)
    logits = net.values("logits", (1, 1, 1, len(LABELS)), LOGIT_ZERO, LOGIT_SCALE)
    net.convolution("scores", mean, logits, score_kernel(), score_bias(), none)
    shape = net.constant("shape", np.array([1, len(LABELS)], np.int32))
    flat = net.values("flat", (1, len(LABELS)), LOGIT_ZERO, LOGIT_SCALE)
    net.operator("RESHAPE", [logits, shape], flat, "ReshapeOptions", newShape=[1, len(LABELS)])
    given = net.operator(
        "SOFTMAX", [flat], net.values("probabilities", (1, len(LABELS)), 0, SCORE_SCALE), "SoftmaxOptions", beta=1.0
    )
    if kind == "int8":
        given = net.operator("QUANTIZE", [given], net.tensor("Identity", (1, len(LABELS)), "uint8", [SCORE_SCALE], [0]))
    return net.to_bytes(taken, given)


def with_metadata(model: bytes) -> bytes:
    """Normalization and labels as TFLite Metadata, and no card: as a stranger's file has them."""
    files = {"labels.txt": "\n".join(LABELS).encode()}
    return write_metadata(model, name="colours", description="Tells colours.", mean=127.5, std=127.5, files=files)


def main() -> None:
    for path, kind in ((UINT8, "uint8"), (INT8, "int8")):
        path.write_bytes(with_metadata(network(kind)))


if __name__ == "__main__":
    main()
