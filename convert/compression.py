"""How a run was compressed, and what its kernels must keep of it: the block `compression` of `run.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Kind = Literal["conv", "depthwise", "dense"]


@dataclass(frozen=True)
class KernelConstraint:
    """A kernel of the network and what every file must keep of it.

    Attributes:
        layer: its name.
        kind: what the layer is.
        shape: as TFLite stores it: convolutions (out, height, width, in), depthwise (1, height, width, out), dense
            (out, in).
        sparsity: share of zeros at least, 0..1.
        two_of_four: whether each four weights along the last axis hold at least two zeros.
        clusters: distinct values at most; 0: any number.
    """

    layer: str
    kind: Kind
    shape: tuple[int, ...]
    sparsity: float
    two_of_four: bool
    clusters: int

    @property
    def is_constrained(self) -> bool:
        """Whether compression has set any limit."""
        return bool(self.sparsity or self.two_of_four or self.clusters)


@dataclass(frozen=True)
class Compression:
    """How a run was compressed.

    Attributes:
        method: as on the command line of `fieldlens train compress`.
        of: name of the run that was compressed.
        suffix: of the files made from it.
        quantized: whether the network holds its own ranges for 8-bit integers.
        kernels: all of the network, in the order of its layers.
    """

    method: str
    of: str
    suffix: str
    quantized: bool
    kernels: tuple[KernelConstraint, ...]


def read_compression(block: Mapping[str, Any]) -> Compression:
    """Read the block.

    Raises:
        KeyError, TypeError, ValueError: it is damaged.
    """
    return Compression(
        method=str(block["method"]),
        of=str(block["of"]),
        suffix=str(block["suffix"]),
        quantized=bool(block["quantized"]),
        kernels=tuple(_read_kernel(layer) for layer in block["layers"]),
    )


def _read_kernel(layer: Mapping[str, Any]) -> KernelConstraint:
    if layer["kind"] not in get_args(Kind):
        raise ValueError(f"kind {layer['kind']!r}")
    limits = layer["promise"]
    return KernelConstraint(
        layer=str(layer["layer"]),
        kind=cast(Kind, layer["kind"]),
        shape=_stored_shape(layer["kind"], [int(side) for side in layer["shape"]]),
        sparsity=float(limits["sparsity"]),
        two_of_four=bool(limits["two_of_four"]),
        clusters=int(limits["clusters"]),
    )


def _stored_shape(kind: str, shape: list[int]) -> tuple[int, ...]:
    """From Keras' order to TFLite's."""
    if kind == "dense":
        inputs, outputs = shape
        return outputs, inputs
    height, width, inputs, last = shape  # the last of a depthwise kernel multiplies its channels
    return (1, height, width, inputs * last) if kind == "depthwise" else (last, height, width, inputs)
