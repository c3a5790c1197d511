"""What operations are called in TensorFlow's graphs: one `Form` for each kind that is the same thing there.

Some of what is an attribute here is an input there (the axes of a sum): it is written as a constant node and read off
one. Where the two differ in more than that, `writing` and `foreign` have a function of their own. An attribute of ours
that the form does not name has to be neutral, as dilations of 1 are: with any other value TensorFlow does not have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["BY_NODE", "BY_OPERATION", "Form"]


@dataclass(frozen=True)
class Form:
    """How an operation is written as a node.

    Args:
        operation: our kind.
        node: TensorFlow's kind.
        types: the attributes of the node that are types: of the input of that number, or of the output, -1.
        attrs: the attributes of ours that are attributes there, with their names there.
        constant: the attribute of ours that is an input there: our name, its place, the node's name, and the attribute
            for its type.
        several: whether the constant is a list.
        count: the attribute of the node that counts the inputs.
        fixed: attributes of the node that are always the same.
        kinds: NumPy's letters for the types of the first input with which the two are the same.
    """

    operation: str
    node: str
    types: Mapping[str, int] = field(default_factory=dict)
    attrs: Mapping[str, str] = field(default_factory=dict)
    constant: tuple[str, int, str, str] | None = None
    several: bool = False
    count: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict)
    kinds: str = "biufcOV"


def _simple(names: str, types: Mapping[str, int] | None = None, attrs: str = "") -> list[Form]:
    """Kinds that are called the same, with attributes of the same names."""
    same = {a: a for a in attrs.split()}
    return [Form(n, n, {"T": 0} if types is None else types, same) for n in names.split()]


_UNARY = """Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cholesky Conj Cos Cosh Diag DiagPart Digamma Elu Erf Erfc Exp
    Expm1 Floor Identity Invert InvertPermutation IsFinite IsInf IsNan L2Loss Lgamma Log Log1p MatrixDeterminant
    MatrixDiag MatrixDiagPart Neg OnesLike Rank Reciprocal Relu Relu6 Rint Round Rsqrt Selu Sigmoid Sign Sin Sinh
    Softplus Softsign Sqrt Square StopGradient Tan Tanh Where ZerosLike"""
_BINARY = """Add Atan2 BiasAdd BitwiseAnd BitwiseOr BitwiseXor Cross DivNoNan Equal FloorDiv FloorMod Greater
    GreaterEqual LeftShift Less LessEqual Maximum Minimum Mul MulNoNan NotEqual Pow ReluGrad RightShift
    SquaredDifference Sub TruncateMod Xdivy Xlogy"""
_WINDOWS = "strides padding explicit_paddings data_format dilations"
_PADDED = "strides padding data_format dilations"
_POOLS = "ksize strides padding data_format"
_RANDOM = {"seed": "seed", "seed2": "seed2"}

_FORMS = [
    *_simple(_UNARY),
    *_simple(_BINARY),
    Form("Div", "Div", {"T": 0}, kinds="fc"),  # of integers, ours rounds down
    Form("RealDiv", "RealDiv", {"T": 0}, kinds="fc"),
    Form("TruncateDiv", "TruncateDiv", {"T": 0}, kinds="iu"),
    *_simple("LogicalAnd LogicalOr LogicalNot", {}),
    *[
        Form(n, n, {"T": 0}, {"keepdims": "keep_dims"}, ("axis", 1, "reduction_indices", "Tidx"), several=True)
        for n in ("Sum", "Mean", "Prod", "Max", "Min")
    ],
    *[
        Form(n, n, {}, {"keepdims": "keep_dims"}, ("axis", 1, "reduction_indices", "Tidx"), several=True)
        for n in ("All", "Any")
    ],
    *[
        Form(n, n, {"T": 0}, {"output_type": "output_type"}, ("axis", 1, "dimension", "Tidx"))
        for n in ("ArgMax", "ArgMin")
    ],
    *[
        Form(n, n, {"T": 0}, {"exclusive": "exclusive", "reverse": "reverse"}, ("axis", 1, "axis", "Tidx"))
        for n in ("Cumsum", "Cumprod")
    ],
    Form("AddN", "AddN", {"T": 0}, count="N"),
    Form("BroadcastTo", "BroadcastTo", {"T": 0, "Tidx": 1}),
    Form("Cast", "Cast", {"SrcT": 0}, {"dtype": "DstT"}),
    Form("Complex", "Complex", {"T": 0, "Tout": -1}),
    Form("Real", "Real", {"T": 0, "Tout": -1}),
    Form("Imag", "Imag", {"T": 0, "Tout": -1}),
    Form("Angle", "Angle", {"T": 0, "Tout": -1}),
    *_simple("CheckNumerics", attrs="message"),
    Form("ConcatV2", "ConcatV2", {"T": 0}, constant=("axis", -1, "axis", "Tidx"), count="N"),
    Form("Einsum", "Einsum", {"T": 0}, {"equation": "equation"}, count="N"),
    Form("ExpandDims", "ExpandDims", {"T": 0}, constant=("axis", 1, "dim", "Tdim")),
    Form("Fill", "Fill", {"T": 1, "index_type": 0}),
    Form("GatherNd", "GatherNd", {"Tparams": 0, "Tindices": 1}),
    Form(
        "GatherV2",
        "GatherV2",
        {"Tparams": 0, "Tindices": 1},
        {"batch_dims": "batch_dims"},
        ("axis", 2, "axis", "Taxis"),
    ),
    Form("InTopKV2", "InTopKV2", {"T": 1}),
    Form("LRN", "LRN", {"T": 0}, {a: a for a in ("depth_radius", "bias", "alpha", "beta")}),
    Form("LeakyRelu", "LeakyRelu", {"T": 0}, {"alpha": "alpha"}),
    Form("LinSpace", "LinSpace", {"T": 0, "Tidx": 2}),
    Form("MatrixInverse", "MatrixInverse", {"T": 0}, fixed={"adjoint": False}),
    *_simple("MatrixSolve", attrs="adjoint"),
    Form("MirrorPad", "MirrorPad", {"T": 0, "Tpaddings": 1}, {"mode": "mode"}),
    Form("NoOp", "NoOp"),
    Form("OneHot", "OneHot", {"T": 2, "TI": 0}, {"axis": "axis"}),
    Form("Pack", "Pack", {"T": 0}, {"axis": "axis"}, count="N"),
    Form("Pad", "Pad", {"T": 0, "Tpaddings": 1}),
    Form("PadV2", "PadV2", {"T": 0, "Tpaddings": 1}),
    Form("RandomShuffle", "RandomShuffle", {"T": 0}, _RANDOM),
    *[
        Form(n, n, {"T": 0}, {**_RANDOM, "dtype": "dtype"})
        for n in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
    ],
    Form("RandomUniformInt", "RandomUniformInt", {"T": 0}, {**_RANDOM, "dtype": "Tout"}),
    Form("Range", "Range", {"Tidx": 0}),
    Form("Reshape", "Reshape", {"T": 0, "Tshape": 1}),
    Form("ReverseV2", "ReverseV2", {"T": 0}, constant=("axis", 1, "axis", "Tidx"), several=True),
    Form("ScatterNd", "ScatterNd", {"T": 1, "Tindices": 0}),
    Form("Select", "Select", {"T": 1}),
    Form("SelectV2", "SelectV2", {"T": 1}),
    Form("Shape", "Shape", {"T": 0}, {"out_type": "out_type"}),
    Form("Size", "Size", {"T": 0}, {"out_type": "out_type"}),
    Form("Slice", "Slice", {"T": 0, "Index": 1}),
    Form("SparseSoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits", {"T": 0, "Tlabels": 1}),
    Form("Split", "Split", {"T": 0}, {"num": "num_split"}, ("axis", 0, "split_dim", "")),
    Form("SplitV", "SplitV", {"T": 0, "Tlen": 1}, {"num": "num_split"}, ("axis", 2, "split_dim", "")),
    Form("Squeeze", "Squeeze", {"T": 0}, {"axis": "squeeze_dims"}),
    Form("Tile", "Tile", {"T": 0, "Tmultiples": 1}),
    Form("TopKV2", "TopKV2", {"T": 0}, fixed={"sorted": True}),
    Form("Transpose", "Transpose", {"T": 0}, constant=("perm", 1, "perm", "Tperm"), several=True),
    Form("Unpack", "Unpack", {"T": 0}, {"num": "num", "axis": "axis"}),
    *[
        Form(n, n, {"T": 0, "Tindices": 1, "Tnumsegments": 2})
        for n in ("UnsortedSegmentSum", "UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentProd")
    ],
    *_simple("Conv2D Conv2DBackpropFilter", {"T": 0}, _WINDOWS),
    *_simple("Conv2DBackpropInput", {"T": 1}, _WINDOWS),
    *_simple("Conv3D Conv3DBackpropFilterV2", {"T": 0}, _PADDED),
    *_simple("Conv3DBackpropInputV2", {"T": 1, "Tshape": 0}, _PADDED),
    *_simple("DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter", {"T": 0}, _PADDED),
    *_simple("DepthwiseConv2dNativeBackpropInput", {"T": 1}, _PADDED),
    *_simple("AvgPool AvgPool3D MaxPool MaxPool3D MaxPoolGrad MaxPoolGradGrad", {"T": 0}, _POOLS),
    *_simple("AvgPoolGrad AvgPool3DGrad", {"T": 1}, _POOLS),
    Form("Bucketize", "Bucketize", {"T": 0}, {"boundaries": "boundaries"}),
    Form("DynamicPartition", "DynamicPartition", {"T": 0}, {"count": "num_partitions"}),
    Form("DynamicStitch", "DynamicStitch", {"T": -1}, {"count": "N"}),
    Form("HistogramFixedWidth", "HistogramFixedWidth", {"T": 0}, {"dtype": "dtype"}),
    *_simple("LeakyReluGrad", attrs="alpha"),
    *[Form(n, n, {"T": 0}, {"dtype": "out_idx"}) for n in ("ListDiff", "Unique", "UniqueWithCounts")],
    *[Form(n, n, {"T": 0}, {"dtype": "out_type"}) for n in ("LowerBound", "UpperBound")],
    *_simple("MatrixTriangularSolve", attrs="lower adjoint"),
    *_simple("Polygamma"),
    *_simple("Qr", attrs="full_matrices"),
    Form("ReverseSequence", "ReverseSequence", {"T": 0, "Tlen": 1}, {"batch_axis": "batch_dim", "seq_axis": "seq_dim"}),
    Form("Roll", "Roll", {"T": 0, "Tshift": 1}, constant=("axis", 2, "axis", "Taxis"), several=True),
    *_simple("SegmentMax SegmentMean SegmentMin SegmentProd SegmentSum", {"T": 0, "Tindices": 1}),
    Form("SparseToDense", "SparseToDense", {"T": 2, "Tindices": 0}, {"validate": "validate_indices"}),
    *_simple("SparseTensorDenseMatMul", {"T": 1, "Tindices": 0}, "adjoint_a adjoint_b"),
    *_simple("StringToHashBucketFast", {}, "num_buckets"),
    *_simple("StringToHashBucketStrong", {}, "num_buckets key"),
    *_simple("ScalarSummary HistogramSummary TensorSummaryV2", {"T": 1}),
    *_simple("ImageSummary", {"T": 1}, "max_images"),
    *_simple("AudioSummaryV2", {}, "max_outputs"),
    Form("MergeSummary", "MergeSummary", count="N"),
]

BY_OPERATION = {form.operation: form for form in _FORMS}
BY_NODE = {form.node: form for form in _FORMS}
