"""Operators of TensorFlow that the graph executor of TF.js 4.22 runs on all its backends."""

from __future__ import annotations

from convert.web.tfjs.graph import Graph
from edge_app.common.errors import ConversionError

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
