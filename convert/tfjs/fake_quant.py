"""The rounding of quantization-aware training in operators that TF.js computes.

TF.js 4.22 accepts `FakeQuantWithMinMaxVars` and returns its input unchanged (graph_executor of tfjs-converter), so such
a run would silently be another model there. What is written instead, of the range moved so that zero is a level
(Jacob et al., arXiv:1712.05877, section 3): round((clip(x, low, high) - low) / scale) · scale + low.
"""

from __future__ import annotations

import numpy as np

from convert.tfjs.graph import Graph, Node, type_attribute

_OPERATOR = "FakeQuantWithMinMaxVars"


def expand_fake_quants(graph: Graph) -> None:
    """Replace roundings of activations in place; those of weights are constants already."""
    for node in graph:
        if node.op != _OPERATOR:
            continue
        low, high = graph.constant(node.inputs[1]), graph.constant(node.inputs[2])
        if low is not None and high is not None:
            bits = int(node.attributes["num_bits"].i) if "num_bits" in node.attributes else 8
            narrow = "narrow_range" in node.attributes and bool(node.attributes["narrow_range"].b)
            _expand(graph, node, *nudged(float(low), float(high), bits, narrow))
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
    scale = (high - low) / (last - first)
    zero = float(np.clip(np.rint(first - low / scale), first, last))
    return (first - zero) * scale, (last - zero) * scale, scale


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
