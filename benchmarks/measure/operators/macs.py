"""How much a `.tflite` file computes for one picture, and how many numbers it has learnt, without running it.

One multiply-accumulate (MAC) is counted as in M. Sandler et al., MobileNetV2, 2018 (https://arxiv.org/abs/1801.04381),
table 4: convolutions and fully connected layers only, and at the border as if the padding were computed, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import ModelFileError
from edge_app.model.graph import NO_TENSOR, Graph, Operator, Tensor, read_graph

# Numbers of the schema's BuiltinOperator, and of its TensorType.
_CONV_2D, _DEPTHWISE_CONV_2D, _FULLY_CONNECTED = 3, 4, 9
_TRANSPOSE_CONV, _BATCH_MATMUL, _CONV_3D = 67, 126, 132
_INT32, _INT64 = 2, 4
_BIAS = {_CONV_2D: 2, _DEPTHWISE_CONV_2D: 2, _FULLY_CONNECTED: 2, _TRANSPOSE_CONV: 3, _BATCH_MATMUL: 2, _CONV_3D: 2}
"""Operators that multiply and accumulate; which of their inputs is the bias. The weights are input 1 of all."""


@dataclass(frozen=True)
class ModelCost:
    """What a file costs wherever it runs.

    Attributes:
        macs: multiply-accumulates of one picture.
        parameters: elements of weights and biases; those that several layers share count once.
    """

    macs: int
    parameters: int

    def __post_init__(self) -> None:
        if min(self.macs, self.parameters) < 0:
            raise ValueError(f"a cost below 0: {self}")


def count_macs(path: Path) -> ModelCost:
    """Count what a file computes.

    Raises:
        ModelFileError: missing, unreadable, no TFLite model, damaged, or without the shape of a layer.
    """
    graph = read_graph(path)
    try:
        return ModelCost(sum(operator_macs(graph, operator) for operator in graph.operators), count_parameters(graph))
    except ValueError as error:
        raise ModelFileError(
            f"the MACs of `{path}` cannot be counted: {error}; convert it with fixed shapes"
        ) from error


def operator_macs(graph: Graph, operator: Operator) -> int:
    """Return the multiply-accumulates of one operator; 0 for those that have none, such as ADD.

    Raises:
        ValueError: the file does not tell its shapes.
    """
    if operator.code not in _BIAS:
        return 0
    weights, output = _known(graph, operator.inputs, 1), _known(graph, operator.outputs, 0)
    if operator.code == _CONV_2D:  # weights are (out, height, width, in of the group)
        return output.size * math.prod(weights.shape[1:])
    if operator.code == _DEPTHWISE_CONV_2D:  # (1, height, width, out)
        return output.size * math.prod(weights.shape[:-1])
    if operator.code == _CONV_3D:  # (depth, height, width, in, out)
        return output.size * math.prod(weights.shape[:-1])
    if operator.code == _TRANSPOSE_CONV:  # (out, height, width, in): each input is spread over a window of the output
        return _known(graph, operator.inputs, 2).size * math.prod(weights.shape[:-1])
    if operator.code == _BATCH_MATMUL:
        return output.size * _summed_length(_known(graph, operator.inputs, 0), operator)
    return output.size * weights.shape[-1]  # (out, in)


def count_parameters(graph: Graph) -> int:
    """Return the number of constants that take part in the arithmetic: not shapes, axes and paddings.

    Those are integers of 32 or 64 bits, as only biases are otherwise.
    """
    found: dict[int, int] = {}
    for operator in graph.operators:
        bias = _BIAS.get(operator.code)
        for place, index in enumerate(operator.inputs):
            tensor = None if index == NO_TENSOR else graph.tensors[index]
            if tensor is not None and tensor.constant and (place == bias or tensor.kind not in (_INT32, _INT64)):
                found[tensor.buffer] = tensor.size
    return sum(found.values())


def _summed_length(left: Tensor, operator: Operator) -> int:
    transposed = operator.options is not None and bool(operator.options.scalar(0, "B"))  # adj_x
    return left.shape[-2] if transposed and len(left.shape) > 1 else left.shape[-1]


def _known(graph: Graph, indices: tuple[int, ...], place: int) -> Tensor:
    index = indices[place] if place < len(indices) else NO_TENSOR
    if index == NO_TENSOR:
        raise ValueError("a layer lacks an input or an output")
    tensor = graph.tensors[index]
    if not tensor.shape or min(tensor.shape) < 1:
        raise ValueError(f"tensor `{tensor.name}` has the shape {list(tensor.shape)}")
    return tensor
