"""What the kernels of a `.tflite` file are really like: zeros and distinct values, counted in the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from convert.quantize.flatbuffer import unpacked
from convert.run_folder import KernelConstraint, Kind
from edge_app.common.errors import ConversionError

_KINDS: dict[int, Kind] = {
    schema.BuiltinOperator.CONV_2D: "conv",
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: "depthwise",
    schema.BuiltinOperator.FULLY_CONNECTED: "dense",
}
_DTYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.FLOAT32: np.dtype("<f4"),
    schema.TensorType.FLOAT16: np.dtype("<f2"),
    schema.TensorType.INT8: np.dtype("i1"),
}
_KERNEL_INPUT = 1  # of the three operators: input, kernel, bias
_ROUNDING = 1e-3  # a share of zeros cannot be hit to the last weight, and equal weights fall together


@dataclass(frozen=True)
class KernelFound:
    """One kernel of a file.

    Attributes:
        kind: of its operator.
        shape: as stored; see `KernelConstraint`.
        dtype: as in `int8`.
        scales: 0: no integers; 1: one for the whole kernel; more: one per output channel.
        sparsity: share of zeros, 0..1.
        two_of_four: whether each four weights along the last axis hold at least two zeros.
        distinct: values in the whole kernel.
        distinct_per_scale: the same; where each channel has a scale of its own: of the channel that has most.
        layer: of the network; empty: none has this shape.
    """

    kind: Kind
    shape: tuple[int, ...]
    dtype: str
    scales: int
    sparsity: float
    two_of_four: bool
    distinct: int
    distinct_per_scale: int
    layer: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def read_kernels(content: bytes) -> list[KernelFound]:
    """Read the kernels of all convolutions and dense layers, in the order of execution.

    Args:
        content: of a `.tflite` file.
    """
    model = unpacked(content)
    graph = model.subgraphs[0]
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    makers = {tensor: operator for operator in graph.operators for tensor in operator.outputs}
    found = []
    for operator in graph.operators:
        kind = _KINDS.get(codes[operator.opcodeIndex])
        if kind is None:
            continue
        index = operator.inputs[_KERNEL_INPUT]
        if index in makers:  # float16 files keep the kernel in front of a DEQUANTIZE
            index = makers[index].inputs[0]
        tensor = graph.tensors[index]
        data = model.buffers[tensor.buffer].data
        if data is not None and tensor.type in _DTYPES:
            found.append(_described(kind, tensor, np.asarray(data, np.uint8)))
    return found


def name_kernels(kernels: Sequence[KernelFound], constraints: Sequence[KernelConstraint]) -> list[KernelFound]:
    """Say which layer each kernel belongs to: the next one of its kind and shape."""
    waiting = list(constraints)
    named = []
    for kernel in kernels:
        match = next((one for one in waiting if (one.kind, one.shape) == (kernel.kind, kernel.shape)), None)
        if match is not None:
            waiting.remove(match)
        named.append(replace(kernel, layer=match.layer if match else ""))
    return named


def refuse_broken_constraints(
    kernels: Sequence[KernelFound], constraints: Sequence[KernelConstraint], file: str
) -> None:
    """Hold every kernel of a file against what compression left.

    Args:
        kernels: of the file, from `name_kernels`.
        constraints: of the run.
        file: its name.

    Raises:
        ConversionError: a constraint is broken, or a kernel is not there.
    """
    by_layer = {kernel.layer: kernel for kernel in kernels}
    for constraint in constraints:
        if constraint.is_constrained:
            broken = _broken(constraint, by_layer.get(constraint.layer))
            if broken is not None:
                raise ConversionError(
                    f"layer `{constraint.layer}` of `{file}` {broken}; this is a fault of FieldLens: please report it"
                )


def _broken(constraint: KernelConstraint, found: KernelFound | None) -> str | None:
    if found is None:
        return f"was not found (a {constraint.kind} kernel of shape {constraint.shape})"
    if found.sparsity < constraint.sparsity - _ROUNDING - 1.0 / np.prod(constraint.shape):
        return f"has {found.sparsity:.1%} zeros where at least {constraint.sparsity:.1%} are expected"
    if constraint.two_of_four and not found.two_of_four:
        return "has fewer than two zeros in some group of four weights where 2:4 sparsity is expected"
    if constraint.clusters and found.distinct_per_scale > constraint.clusters:
        return f"has {found.distinct_per_scale:,} distinct values where at most {constraint.clusters} are expected"
    return None


def _described(kind: Kind, tensor: Any, data: npt.NDArray[np.uint8]) -> KernelFound:
    shape = tuple(int(side) for side in tensor.shape)
    values = data.view(_DTYPES[tensor.type]).reshape(shape)
    quantization = tensor.quantization
    scales = 0 if quantization is None or quantization.scale is None else len(quantization.scale)
    distinct = len(np.unique(values))
    per_scale = distinct
    if scales > 1:
        channels = np.moveaxis(values, quantization.quantizedDimension, 0)
        per_scale = max(len(np.unique(channel)) for channel in channels)
    return KernelFound(
        kind=kind,
        shape=shape,
        dtype=str(values.dtype),
        scales=scales,
        sparsity=float((values == 0).mean()),
        two_of_four=_two_of_four(values),
        distinct=distinct,
        distinct_per_scale=per_scale,
    )


def _two_of_four(values: npt.NDArray[Any]) -> bool:
    if values.shape[-1] % 4:
        return False
    return bool(((values.reshape(-1, 4) == 0).sum(axis=1) >= 2).all())
