"""Taking the conversion of bytes out of a quantized network, so that the app does it on the way into the tensor.

Files that take bytes begin with an operator that makes int8 of them, because the runtime's fast kernels know only int8.
It runs without an accelerator on one thread: 0.11 ms for 224×224 pixels, 6 % of MobileNetV2 on two threads. When both
types have one scale and zero points 128 apart, it does nothing but flip the upper bit of every byte, which numpy does
in some microseconds. So the network is opened without it, and gives the same answers to the bit; the file stays.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from edge_app.model.flatbuffer import Table, root_table
from edge_app.model.flatbuffer_edit import Edit

_QUANTIZE = 114  # BuiltinOperator
_UINT8, _INT8 = 3, 9  # TensorType
_APART = 128  # zero points of the same values as uint8 and as int8


@dataclass(frozen=True)
class _Conversion:
    """The operator to take out: its place, and the tensors before and behind it."""

    place: int
    before: int
    behind: int


def direct_network(path: Path) -> bytes | None:
    """Return a model that takes int8 where the file takes bytes and flips their upper bit first; None: it does not.

    Args:
        path: a `.tflite` file, checked before as `runtime.load_interpreter` asks for it.
    """
    try:
        with path.open("rb") as file:
            model = root_table(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
        graphs = list(model.tables(2))
        found = _find_conversion(model, graphs[0]) if len(graphs) == 1 else None
        if found is None:
            return None
        edit = Edit(model.buffer)
        places = range(sum(1 for _ in graphs[0].tables(3)))
        edit.keep_tables(graphs[0], 3, [place for place in places if place != found.place])
        struct.pack_into("<I", edit.content, graphs[0].vector_start(1), found.behind)
        edit.drop_signatures(model)
    except (OSError, ValueError, IndexError, struct.error):  # the runtime will say what is wrong
        return None
    return bytes(edit.content)


def _find_conversion(model: Table, graph: Table) -> _Conversion | None:
    """Return the only operator that reads the input, if it is one that flips bits."""
    inputs = graph.ints(1).tolist()
    if len(inputs) != 1 or inputs[0] in graph.ints(2):
        return None
    readers = [(place, one) for place, one in enumerate(graph.tables(3)) if inputs[0] in one.ints(1)]
    if len(readers) != 1:
        return None
    place, operator = readers[0]
    codes = [max(int(code.scalar(0, "b")), int(code.scalar(3, "i"))) for code in model.tables(1)]
    code, outputs = int(operator.scalar(0, "I")), operator.ints(2).tolist()
    if code >= len(codes) or codes[code] != _QUANTIZE or len(outputs) != 1:
        return None
    tensors = list(graph.tables(0))
    if not _flips_bits(tensors[inputs[0]], tensors[outputs[0]]):
        return None
    return _Conversion(place, inputs[0], outputs[0])


def _flips_bits(before: Table, behind: Table) -> bool:
    types = int(before.scalar(1, "b")), int(behind.scalar(1, "b"))
    if before.ints(0).tolist() != behind.ints(0).tolist():
        return False
    facts = _quantization(before), _quantization(behind)
    if types != (_UINT8, _INT8) or facts[0] is None or facts[1] is None:
        return False
    return facts[0][0] == facts[1][0] and facts[0][1] - facts[1][1] == _APART


def _quantization(tensor: Table) -> tuple[float, int] | None:
    """Return scale and zero point of a tensor that has one of each."""
    table = tensor.table(4)
    if table is None or len(table.floats(2)) != 1:
        return None
    start = table.vector_start(3)
    return float(table.floats(2)[0]), int(struct.unpack_from("<q", table.buffer, start)[0])
