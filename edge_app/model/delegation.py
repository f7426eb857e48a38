"""Which operators of a loaded file the runtime has handed to its delegate, XNNPACK.

Read from the runtime itself: after it has applied its delegate, its list of operators ends with one DELEGATE for each
piece of the graph that it handed over, with the tensors that go in and come out. Whatever lies between them is
delegated. `_get_ops_details` is not public in ai-edge-litert; a test holds it to what is expected here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

_DELEGATE = "DELEGATE"


@dataclass(frozen=True)
class Delegation:
    """The operators of a loaded file.

    Attributes:
        nodes: in the order of the file, as the runtime describes them: `op_name`, `inputs`, `outputs`.
        pieces: of the graph that are handed over; data goes in and out of each.
        delegated: places in `nodes` of those that are handed over.
    """

    nodes: tuple[Node, ...]
    pieces: int
    delegated: frozenset[int]


def read_delegation(interpreter: Any) -> Delegation:
    """List the operators of a loaded file.

    Args:
        interpreter: tensors allocated.
    """
    listed = interpreter._get_ops_details()
    nodes = tuple(node for node in listed if node["op_name"] != _DELEGATE)
    pieces = [node for node in listed if node["op_name"] == _DELEGATE]
    makers = {int(tensor): place for place, node in enumerate(nodes) for tensor in node["outputs"]}
    return Delegation(nodes, len(pieces), frozenset().union(*(_between(piece, nodes, makers) for piece in pieces)))


def _between(piece: Node, nodes: Sequence[Node], makers: Mapping[int, int]) -> set[int]:
    """Walk from the outputs of a piece back to its inputs."""
    stop = {int(tensor) for tensor in piece["inputs"]}
    waiting = [int(tensor) for tensor in piece["outputs"]]
    found: set[int] = set()
    while waiting:
        tensor = waiting.pop()
        place = makers.get(tensor)
        if tensor in stop or place is None or place in found:
            continue
        found.add(place)
        waiting += [int(one) for one in nodes[place]["inputs"]]
    return found
