"""What TF.js 4.22 can run: make a frozen graph such a graph, and refuse what cannot be made one.

Its only float type is float32, it has no int64, and it does not round as quantization-aware training does.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from convert.web.tfjs.graph import Graph, Node, type_attribute
from edge_app.common.errors import ConversionError

_COPIES = ("Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot", "EnsureShape")
_OTHER_FLOATS = (tf.float16.as_datatype_enum, tf.bfloat16.as_datatype_enum, tf.float64.as_datatype_enum)
_OF_INPUTS, _OF_ATTRIBUTES = "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxArgs"

# From `tfOpName` in dist/operations/op_list of the npm package @tensorflow/tfjs-converter 4.22.0: what networks for
# pictures are made of. FakeQuantWithMinMaxVars is in that list too, but TF.js returns its input as it is.
_NAMES = """
Abs Add AddN AddV2 All Any ArgMax ArgMin AvgPool BatchMatMul BatchMatMulV2 BatchToSpaceND BiasAdd
BroadcastTo Cast Ceil ClipByValue Concat ConcatV2 Const Conv2D Conv2DBackpropInput Cos DepthToSpace
DepthwiseConv2dNative Div Elu Equal Erf Exp ExpandDims Fill Floor FloorDiv FloorMod FusedBatchNorm
FusedBatchNormV2 FusedBatchNormV3 FusedDepthwiseConv2dNative GatherNd GatherV2 Greater GreaterEqual Identity
LRN LeakyRelu Less LessEqual Log LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul Max MaxPool Maximum Mean
Min Minimum MirrorPad Mul Neg NotEqual OneHot Pack Pad PadV2 Placeholder Pow Prelu Prod Range RealDiv
Reciprocal Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor ReverseV2 Round Rsqrt Select SelectV2
Selu Shape Sigmoid Sign Sin Slice Softmax Softplus SpaceToBatchND Split SplitV Sqrt Square SquaredDifference
Squeeze StridedSlice Sub Sum Tanh Tile TopKV2 Transpose Unpack ZerosLike _FusedConv2D _FusedMatMul
"""
_KNOWN = frozenset(_NAMES.split())


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


def expand_fake_quants(graph: Graph) -> None:
    """Replace the rounding of quantization-aware training in place; that of weights is in the constants already.

    TF.js 4.22 accepts `FakeQuantWithMinMaxVars` and returns its input unchanged (graph_executor of tfjs-converter), so
    such a run would silently be another model there; `FakeQuantWithMinMaxArgs`, of fixed ranges, it does not know.
    Written instead, of the range moved so that zero is a level (Jacob et al., arXiv:1712.05877, section 3):
    round((clip(x, low, high) - low) / scale) · scale + low.
    """
    for node in graph:
        bounds = _fake_quant_range(graph, node)
        if bounds is not None:
            bits = int(node.attributes["num_bits"].i) if "num_bits" in node.attributes else 8
            narrow = "narrow_range" in node.attributes and bool(node.attributes["narrow_range"].b)
            _expand_fake_quant(graph, node, *nudged(*bounds, bits, narrow))
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


def _fake_quant_range(graph: Graph, node: Node) -> tuple[float, float] | None:
    """Return the range of a rounding; None: the node is none, or its range is computed."""
    if node.op == _OF_ATTRIBUTES:
        return node.attributes["min"].f, node.attributes["max"].f
    if node.op != _OF_INPUTS:
        return None
    low, high = graph.constant(node.inputs[1]), graph.constant(node.inputs[2])
    return None if low is None or high is None else (float(low), float(high))


def _expand_fake_quant(graph: Graph, node: Node, low: float, high: float, scale: float) -> None:
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


def check_operators(graph: Graph) -> None:
    """Refuse a graph that TF.js cannot run.

    Raises:
        ConversionError: it does not know an operator, or runs it only with channels last.
    """
    for node in graph:
        if node.op not in _KNOWN:
            raise ConversionError(
                f"TF.js 4.22 has no operator {node.op} (node `{node.name}`); use the .tflite files of this model, "
                "which LiteRT.js runs in a browser"
            )
        if "data_format" in node.attributes and node.attributes["data_format"].s == b"NCHW":
            raise ConversionError(
                f"TF.js runs {node.op} with channels last only, received NCHW (node `{node.name}`); "
                "train with channels last"
            )
