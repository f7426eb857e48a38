"""The rounding of quantization-aware training in operators that TF.js computes.

TF.js 4.22 accepts `FakeQuantWithMinMaxVars` and returns its input unchanged (graph_executor of tfjs-converter), so such
a run would silently be another model there; `FakeQuantWithMinMaxArgs`, of fixed ranges, it does not know. Written
instead, of the range moved so that zero is a level (Jacob et al., arXiv:1712.05877, section 3):
round((clip(x, low, high) - low) / scale) · scale + low.
"""

from __future__ import annotations

import numpy as np

from convert.web.tfjs.graph import Graph, Node, type_attribute

_OF_INPUTS, _OF_ATTRIBUTES = "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxArgs"


def expand_fake_quants(graph: Graph) -> None:
    """Replace roundings of activations in place; those of weights are constants already."""
    for node in graph:
        bounds = _bounds(graph, node)
        if bounds is not None:
            bits = int(node.attributes["num_bits"].i) if "num_bits" in node.attributes else 8
            narrow = "narrow_range" in node.attributes and bool(node.attributes["narrow_range"].b)
            _expand(graph, node, *nudged(*bounds, bits, narrow))
    graph.prune()


def nudged(low: float, high: float, bits: int, narrow: bool) -> tuple[float, float, float]:
    """Return low, high and scale of a range moved so that zero is exactly a level.

    Args:
        low: 0 at most.
        high: 0 at least, above `low`.
        bits: of the levels.
        narrow: whether the lowest level is left out.
    """
    first, last = int(narrow), 2**bits - 1
    scale = (np.float32(high) - np.float32(low)) / np.float32(last - first)  # in float32, as TensorFlow rounds it
    zero = np.clip(np.floor(first - np.float32(low) / scale + np.float32(0.5)), first, last)
    return float((first - zero) * scale), float((last - zero) * scale), float(scale)


def _bounds(graph: Graph, node: Node) -> tuple[float, float] | None:
    """Return the range of a rounding; None: the node is none, or its range is computed."""
    if node.op == _OF_ATTRIBUTES:
        return node.attributes["min"].f, node.attributes["max"].f
    if node.op != _OF_INPUTS:
        return None
    low, high = graph.constant(node.inputs[1]), graph.constant(node.inputs[2])
    return None if low is None or high is None else (float(low), float(high))


def _expand(graph: Graph, node: Node, low: float, high: float, scale: float) -> None:
    steps = [("clipped", "ClipByValue", (low, high)), ("shifted", "Sub", (low,)), ("scaled", "RealDiv", (scale,))]
    steps += [("rounded", "Round", ()), ("values", "Mul", (scale,)), ("moved", "AddV2", (low,))]
    nodes: list[Node] = []
    source = node.inputs[0]
    for word, op, numbers in steps:
        if op in ("Sub", "AddV2") and low == 0:
            continue  # as behind every ReLU
        constants = [graph.add_constant(f"{node.name}/{word}/{value:g}", np.float32(value)) for value in numbers]
        made = Node(f"{node.name}/{word}", op, [source, *constants], {"T": type_attribute(np.float32)})
        nodes.append(made)
        source = made.name
    nodes[-1].name = node.name
    graph.replace(node.name, *nodes)
