"""What a `.tflite` file is made of, and which part of it the runtime hands to XNNPACK.

How that is known is said in `edge_app.model.delegation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from convert.quantize.recipes import ConversionRecipe
from convert.run_folder import RunFolder
from edge_app.common.errors import ConversionError
from edge_app.model.card import Size
from edge_app.model.classifier import Classifier
from edge_app.model.delegation import read_delegation

METHOD = "read from the runtime's own list after it applied its default delegate (XNNPACK)"

_AT_THE_ENDS = ("QUANTIZE", "DEQUANTIZE")
_NAMES_SHOWN = 5
_FAULT = "this is a fault of FieldLens: please report it"


@dataclass(frozen=True)
class OperatorCount:
    """One kind of operator: how often it is there, and how many of these XNNPACK computes."""

    name: str
    count: int
    delegated: int


@dataclass(frozen=True)
class Operators:
    """What a file computes with.

    Attributes:
        counts: by kind, the most frequent first.
        pieces: of the graph that are handed to XNNPACK; data goes in and out of each.
        float_layers: tensors that operators compute in floating point, those at input and output of the file left out.
        first: kinds of the first three operators.
    """

    counts: tuple[OperatorCount, ...]
    pieces: int
    float_layers: tuple[str, ...]
    first: tuple[str, ...]

    @property
    def total(self) -> int:
        """Number of operators."""
        return sum(one.count for one in self.counts)

    @property
    def delegated(self) -> int:
        """Number of those that XNNPACK computes."""
        return sum(one.delegated for one in self.counts)

    @property
    def outside(self) -> tuple[str, ...]:
        """What stays outside XNNPACK, as in `17 DEPTHWISE_CONV_2D`."""
        return tuple(f"{one.count - one.delegated} {one.name}" for one in self.counts if one.delegated < one.count)

    def __str__(self) -> str:
        where = "all" if self.delegated == self.total else f"{self.delegated}" if self.delegated else "none"
        return f"{self.total}, {where} in XNNPACK"

    def to_json(self) -> dict[str, Any]:
        """Return the fields, without the float layers of files that are meant to compute in floating point."""
        return {"method": METHOD, "pieces": self.pieces, "counts": [asdict(one) for one in self.counts]}


def read_operators(interpreter: Any) -> Operators:
    """List the operators of a loaded file.

    Args:
        interpreter: of ai-edge-litert, with its default delegate, tensors allocated.
    """
    found = read_delegation(interpreter)
    names = [node["op_name"] for node in found.nodes]
    delegated = Counter(names[place] for place in found.delegated)
    rows = tuple(OperatorCount(name, count, delegated[name]) for name, count in Counter(names).most_common())
    return Operators(rows, found.pieces, _float_layers(interpreter, found.nodes), tuple(names[:3]))


def _float_layers(interpreter: Any, nodes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    details = {int(one["index"]): one for one in interpreter.get_tensor_details()}
    ends = {int(one["index"]) for one in (*interpreter.get_input_details(), *interpreter.get_output_details())}

    def is_float(tensor: int) -> bool:
        return tensor in details and np.issubdtype(details[tensor]["dtype"], np.floating)

    found = []
    for node in nodes:
        tensors = [int(one) for one in (*node["inputs"], *node["outputs"])]
        if node["op_name"] in _AT_THE_ENDS:
            tensors = [one for one in tensors if one not in ends]
        if any(map(is_float, tensors)):
            found.append(str(details[int(node["outputs"][0])]["name"]))
    return tuple(found)


def refuse_foreign_operators(content: bytes, file: str) -> None:
    """Refuse operators that LiteRT alone does not have: Flex ones of TensorFlow, and custom ones.

    Raises:
        ConversionError: there is one.
    """
    model = schema.Model.GetRootAs(content, 0)
    codes = [model.OperatorCodes(place).CustomCode() for place in range(model.OperatorCodesLength())]
    foreign = sorted({code.decode() for code in codes if code})
    if foreign:
        raise ConversionError(
            f"`{file}` needs the operator {', '.join(foreign)}, which LiteRT does not have; "
            "build the network from other layers"
        )


def stray_float(operators: Operators, recipe: ConversionRecipe) -> str | None:
    """Return an objection to an integer file that computes something in floating point, or None."""
    if not recipe.quantized or not operators.float_layers:
        return None
    shown = ", ".join(operators.float_layers[:_NAMES_SHOWN])
    more = len(operators.float_layers) - _NAMES_SHOWN
    others = f" and {more} more" if more > 0 else ""
    count = len(operators.float_layers)
    return f"{count} of its operators compute in floating point, where all must compute in integers: {shown}{others}"


def refuse_wrong_input(classifier: Classifier, recipe: ConversionRecipe, size: Size) -> None:
    """Hold input and output against the recipe: static batch 1, and bytes as they are for integer files.

    Raises:
        ConversionError: the converter made another input.
    """
    details = classifier.interpreter.get_input_details()[0]
    signature = [int(length) for length in details["shape_signature"]]
    expected = [1, size.height, size.width, 3]
    if signature != expected:
        raise ConversionError(f"the {recipe.name} input has shape {signature} where {expected} is needed; {_FAULT}")
    scale, zero_point = details["quantization"]
    middle = {"uint8": (127, 128), "int8": (-1, 0)}.get(recipe.input_dtype)
    if middle and (abs(scale * 255.0 / 2.0 - 1.0) > 1e-4 or zero_point not in middle):
        raise ConversionError(
            f"the {recipe.name} input has scale {scale} and zero point {zero_point} where 2/255 and {middle[0]} or "
            f"{middle[1]} are needed; {_FAULT}"
        )


def refuse_lost_standardization(operators: Operators, recipe: ConversionRecipe, run: RunFolder) -> None:
    """Where the first layer standardizes the picture, it must still come first.

    Raises:
        ConversionError: the converter has moved it.
    """
    if run.input_statistics != "standardize" or not recipe.quantized:
        return
    first = [name for name in operators.first if name not in _AT_THE_ENDS]
    if first[:1] != ["DEPTHWISE_CONV_2D"]:
        raise ConversionError(
            f"the {recipe.name} file begins with {', '.join(operators.first)} where the standardization of the run, a "
            f"DEPTHWISE_CONV_2D, is needed; {_FAULT}"
        )
