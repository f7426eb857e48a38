"""Operators of TensorFlow that a network may consist of: they compute, and do nothing else.

Whatever is not here is refused by its name: what reads or writes files, opens connections, runs Python or waits for
other processes, and what nobody has looked at. Names: tensorflow/core/ops/*.cc of TensorFlow 2.21.
"""

from __future__ import annotations

_SHAPES = """
BatchToSpace BatchToSpaceND Bitcast BroadcastArgs BroadcastTo Bucketize Cast Concat ConcatOffset ConcatV2
ConjugateTranspose Const DepthToSpace Diag DiagPart DynamicPartition DynamicStitch Empty EnsureShape ExpandDims
ExtractImagePatches Fill Gather GatherNd GatherV2 GuaranteeConst HostConst Identity IdentityN InvertPermutation LinSpace
MatrixBandPart MatrixDiag MatrixDiagPart MatrixDiagPartV3 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV3 MirrorPad NoOp
OneHot OnesLike Pack Pad PadV2 ParallelConcat ParallelDynamicStitch Placeholder PlaceholderWithDefault PreventGradient
Range Rank Reshape ResourceGather ResourceGatherNd Reverse ReverseSequence ReverseV2 Roll ScatterNd Shape ShapeN Size
Slice Snapshot SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient StridedSlice
StridedSliceGrad TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate
TensorStridedSliceUpdate Tile Transpose Unique UniqueV2 Unpack UnravelIndex Where ZerosLike
"""
_MATHS = """
Abs AccumulateNV2 Acos Acosh Add AddN AddV2 All Angle Any ApproximateEqual ArgMax ArgMin Asin Asinh Atan Atan2 Atanh
BatchMatMul BatchMatMulV2 BatchMatMulV3 Bincount BitwiseAnd BitwiseOr BitwiseXor Ceil CheckNumerics CheckNumericsV2
Cholesky ClipByValue Complex ComplexAbs Conj Cos Cosh Cross Cumprod Cumsum CumulativeLogsumexp DenseBincount Digamma Div
DivNoNan Einsum Equal Erf Erfc Erfinv EuclideanNorm Exp Expm1 Floor FloorDiv FloorMod Greater GreaterEqual
HistogramFixedWidth Igamma Igammac Imag Inv Invert IsFinite IsInf IsNan LeftShift Less LessEqual Lgamma Log Log1p
LogicalAnd LogicalNot LogicalOr MatMul MatrixDeterminant MatrixInverse MatrixSolve MatrixTriangularSolve Max Maximum
Mean Min Minimum Mod Mul MulNoNan Ndtri Neg NotEqual Pow Prod Qr Real RealDiv Reciprocal RightShift Rint Round Rsqrt
SegmentMax SegmentMean SegmentMin SegmentProd SegmentSum Select SelectV2 SelfAdjointEigV2 Sigmoid Sign Sin Sinh Sqrt
Square SquaredDifference Sub Sum Svd Tan Tanh TruncateDiv TruncateMod UnsortedSegmentMax UnsortedSegmentMin
UnsortedSegmentProd UnsortedSegmentSum Xdivy Xlog1py Xlogy
"""
_LAYERS = """
AvgPool AvgPool3D BatchNormWithGlobalNormalization BiasAdd BiasAddV1 Conv Conv2D Conv2DBackpropInput Conv3D
Conv3DBackpropInput Conv3DBackpropInputV2 Dequantize DepthwiseConv2dNative Dilation2D Elu
FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel FractionalAvgPool FractionalMaxPool
FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 FusedPadConv2D FusedResizeAndPadConv2D InTopK InTopKV2 L2Loss LRN
LeakyRelu LogSoftmax MaxPool MaxPool3D MaxPoolV2 MaxPoolWithArgmax NthElement QuantizeAndDequantize
QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 QuantizeV2 Relu Relu6 Selu Softmax
SoftmaxCrossEntropyWithLogits Softplus Softsign SparseSoftmaxCrossEntropyWithLogits TopK TopKV2
"""
_GRADIENTS = """
AvgPoolGrad BiasAddGrad BroadcastGradientArgs Conv2DBackpropFilter DepthwiseConv2dNativeBackpropFilter
DepthwiseConv2dNativeBackpropInput EluGrad FakeQuantWithMinMaxArgsGradient FakeQuantWithMinMaxVarsGradient
FakeQuantWithMinMaxVarsPerChannelGradient FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3 LeakyReluGrad
MaxPoolGrad MirrorPadGrad ReciprocalGrad Relu6Grad ReluGrad ResizeBilinearGrad ResizeNearestNeighborGrad RsqrtGrad
SeluGrad SigmoidGrad SoftplusGrad SoftsignGrad SqrtGrad TanhGrad
"""
_PICTURES = """
AdjustContrast AdjustContrastv2 AdjustHue AdjustSaturation CropAndResize DecodeAndCropJpeg DecodeBase64 DecodeBmp
DecodeGif DecodeImage DecodeJpeg DecodePng DecodeRaw ExtractJpegShape HSVToRGB ImageProjectiveTransformV2
ImageProjectiveTransformV3 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 RGBToHSV ResizeArea
ResizeBicubic ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate
"""
_RANDOM = """
Multinomial RandomGamma RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt RngReadAndSkip RngSkip
StatefulStandardNormalV2 StatefulUniform StatefulUniformInt StatelessMultinomial StatelessRandomGetAlg
StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg StatelessRandomNormal StatelessRandomNormalV2
StatelessRandomUniform StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessShuffle
StatelessTruncatedNormal StatelessTruncatedNormalV2 TruncatedNormal
"""
_FLOW = """
AsString Assert Case ControlTrigger Enter Exit For If LoopCond Merge NextIteration PartitionedCall
StatefulPartitionedCall
StatelessCase StatelessIf StatelessWhile StringFormat StringJoin Switch SymbolicGradient While
EmptyTensorList TensorListConcat TensorListConcatLists TensorListConcatV2 TensorListElementShape TensorListFromTensor
TensorListGather TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListPushBackBatch
TensorListReserve TensorListResize TensorListScatter TensorListScatterV2 TensorListSetItem TensorListSplit
TensorListStack
TensorArrayCloseV3 TensorArrayConcatV3 TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3
TensorArraySplitV3 TensorArrayV3 TensorArrayWriteV3
"""
_VARIABLES = """
Assign AssignAdd AssignAddVariableOp AssignSub AssignSubVariableOp AssignVariableOp DestroyResourceOp DisableCopyOnRead
IsVariableInitialized ReadVariableOp ResourceScatterAdd ResourceScatterUpdate VarHandleOp VarIsInitializedOp Variable
VariableShape VariableV2
"""

HARMLESS = frozenset(" ".join((_SHAPES, _MATHS, _LAYERS, _GRADIENTS, _PICTURES, _RANDOM, _FLOW, _VARIABLES)).split())
"""What any function of a graph may hold."""

RESTORING = frozenset({"RestoreV2"})
"""What the graph's own function for reading its weights may hold as well."""

SAVING = frozenset({"MergeV2Checkpoints", "SaveV2", "ShardedFilename", "StaticRegexFullMatch", *RESTORING})
"""What the graph's own function for writing its weights may hold as well: nothing calls it."""
