"""Make a frozen graph one that TF.js can run: its types, and no operators that do nothing."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from convert.web.tfjs.graph import Graph, Node, type_attribute

_COPIES = ("Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot", "EnsureShape")
_OTHER_FLOATS = (tf.float16.as_datatype_enum, tf.bfloat16.as_datatype_enum, tf.float64.as_datatype_enum)


def simplify(graph: Graph) -> None:
    """Change in place: floats of any width to float32, int64 constants to int32, copies and sure shapes away."""
    for step in (_one_float, _small_integers, _without_copies, _with_sure_shapes):
        step(graph)
    graph.prune()


def _one_float(graph: Graph) -> None:
    """Compute in float32 what a mixed-precision run computes in 16 bits: TF.js has no other float."""
    for node in graph:
        for name, attribute in node.attributes.items():
            if attribute.WhichOneof("value") == "type" and attribute.type in _OTHER_FLOATS:
                node.attributes[name] = type_attribute(np.float32)
        if node.value is not None and node.attributes["dtype"].type == tf.float32.as_datatype_enum:
            node.value = node.value.astype(np.float32)


def _small_integers(graph: Graph) -> None:
    bounds = np.iinfo(np.int32)
    for node in graph:
        if node.value is not None and node.value.dtype == np.int64:
            node.value = np.clip(node.value, bounds.min, bounds.max).astype(np.int32)  # ends of slices are INT64_MAX
            node.attributes["dtype"] = type_attribute(np.int32)


def _without_copies(graph: Graph) -> None:
    for node in graph:
        is_input = node.inputs and graph[node.inputs[0]].name == graph.input_name
        if node.name == graph.output_name and is_input:
            continue  # a node cannot be input and output
        if _copies(node) and not any(
            taken.startswith(f"{node.name}:") for taker in graph.consumers(node.name) for taken in taker.inputs
        ):
            graph.bypass(node, node.inputs[0])


def _copies(node: Node) -> bool:
    if node.op == "Cast":
        return bool(node.attributes["SrcT"].type == node.attributes["DstT"].type)
    return node.op in _COPIES


def _with_sure_shapes(graph: Graph) -> None:
    """Write a `Reshape` to [shape(x)[0], 8, 8, 3] as one to [-1, 8, 8, 3]: the number of elements stays the same."""
    for node in graph:
        if node.op != "Reshape" or graph[node.inputs[1]].op != "Pack":
            continue
        parts = [graph.constant(name) for name in graph[node.inputs[1]].inputs]
        known = [int(part) for part in parts if part is not None]
        if len(known) == len(parts) - 1 and all(size > 0 for size in known):
            shape = np.array([-1 if part is None else int(part) for part in parts], np.int32)
            node.inputs[1] = graph.add_constant(f"{node.name}/shape", shape)
