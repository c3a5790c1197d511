"""Nodes of TensorFlow's that are read by a function of their own; `SPECIAL` has them by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.inference import ConstantArray
from kerasflow.core.tensor import Tensor
from kerasflow.graphdef import tables, tabular
from kerasflow.graphdef.imported import ImportedVariable
from kerasflow.graphdef.values import dims_of, dtype_of, from_attr, from_tensor

__all__ = ["DEFAULTS", "SPECIAL", "known"]

# What our attributes are where the node does not say: the defaults of TensorFlow's own definitions, and ours.
DEFAULTS: dict[str, dict[str, Any]] = {
    "AudioSummaryV2": {"max_outputs": 3},
    "ImageSummary": {"max_images": 3},
    **dict.fromkeys(("Sum", "Mean", "Prod", "Max", "Min", "All", "Any"), {"keepdims": False}),
    **dict.fromkeys(("Cumsum", "Cumprod"), {"exclusive": False, "reverse": False}),
    **dict.fromkeys(("ArgMax", "ArgMin"), {"output_type": types.int64}),
    **dict.fromkeys(("Shape", "Size"), {"out_type": types.int32}),
    **dict.fromkeys(("RandomUniform", "RandomUniformInt", "RandomStandardNormal"), {"seed": 0, "seed2": 0}),
    **dict.fromkeys(("TruncatedNormal", "RandomShuffle"), {"seed": 0, "seed2": 0}),
    **dict.fromkeys(("AvgPool", "AvgPoolGrad", "MaxPool", "MaxPoolGrad", "MaxPoolGradGrad"), {"data_format": "NHWC"}),
    **dict.fromkeys(
        ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
        {"data_format": "NHWC", "dilations": (1, 1, 1, 1), "explicit_paddings": ()},
    ),
    **dict.fromkeys(
        ("DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropFilter", "DepthwiseConv2dNativeBackpropInput"),
        {"data_format": "NHWC", "dilations": (1, 1, 1, 1), "explicit_paddings": ()},
    ),
    **dict.fromkeys(
        ("Conv3D", "Conv3DBackpropFilterV2", "Conv3DBackpropInputV2"),
        {"data_format": "NDHWC", "dilations": (1, 1, 1, 1, 1), "explicit_paddings": ()},
    ),
    **dict.fromkeys(("AvgPool3D", "AvgPool3DGrad", "MaxPool3D"), {"data_format": "NDHWC"}),
    **dict.fromkeys(("ListDiff", "Unique", "UniqueWithCounts"), {"dtype": types.int32}),
    **dict.fromkeys(("HistogramFixedWidth", "LowerBound", "UpperBound"), {"dtype": types.int32}),
    **dict.fromkeys(("LeakyReluGrad",), {"alpha": 0.2}),
    "MatrixTriangularSolve": {"lower": True, "adjoint": False},
    "Qr": {"full_matrices": False},
    "ReverseSequence": {"batch_axis": 0},
    "SparseTensorDenseMatMul": {"adjoint_a": False, "adjoint_b": False},
    "SparseToDense": {"validate": True},
    "GatherV2": {"batch_dims": 0},
    "LRN": {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5},
    "LeakyRelu": {"alpha": 0.2},
    "MatrixSolve": {"adjoint": False},
    "OneHot": {"axis": -1},
    "Pack": {"axis": 0},
    "Squeeze": {"axis": ()},
    "Unpack": {"axis": 0},
}


def _const(r: Any, node: Any) -> Any:
    array, dtype = from_tensor(node.attr["value"].tensor)
    array.flags.writeable = False
    return r.apply(node, "Const", value=ConstantArray(array, dtype))


def _placeholder(r: Any, node: Any) -> Any:
    shape = dims_of(node.attr["shape"].shape) if "shape" in node.attr else None
    return r.apply(node, "Placeholder", dtype=dtype_of(node.attr["dtype"].type), shape=shape)


def _placeholder_with_default(r: Any, node: Any) -> Any:
    return r.apply(node, "PlaceholderWithDefault", *r.inputs(node), shape=dims_of(node.attr["shape"].shape))


def _variable(r: Any, node: Any) -> Any:
    dtype, dims = dtype_of(node.attr["dtype"].type), dims_of(node.attr["shape"].shape)
    r.variables[node.name] = ImportedVariable(r.graph, node.name, dtype, dims)
    return r.variables[node.name]


def _identity(r: Any, node: Any) -> Any:
    """The reading of a variable, or a copy."""
    if _source(node) in r.variables:
        return r.variable(_source(node)).read_as(node.name)
    return r.apply(node, "Identity", *r.inputs(node))


def _read_variable(r: Any, node: Any) -> Any:
    return r.variable(_source(node)).read_as(node.name)


def _assign(r: Any, node: Any) -> Any:
    ref, value = (i for i in node.input if not i.startswith("^"))
    kinds = {"AssignVariableOp": "Assign", "AssignAddVariableOp": "AssignAdd", "AssignSubVariableOp": "AssignSub"}
    updated = r.variable(ref).assign_as(kinds.get(node.op, node.op), r.tensor(value), node.name)
    return updated if node.op not in kinds else updated.op


def _is_initialized(r: Any, node: Any) -> Any:
    return r.apply(node, "IsVariableInitialized", variable=r.variable(_source(node)))


def _source(node: Any) -> str:
    name: str = node.input[0]
    return name.partition(":")[0]


def _add(r: Any, node: Any) -> Any:
    return r.apply(node, "Add", *r.inputs(node))


def _div(r: Any, node: Any) -> Any:
    x, y = r.inputs(node)
    return r.apply(node, "TruncateDiv" if x.dtype.is_integer else "RealDiv", x, y)


def _matmul(r: Any, node: Any) -> Any:
    x, y = r.inputs(node)
    batched = node.op != "MatMul"
    turned = [bool(node.attr[a].b) for a in (("adj_x", "adj_y") if batched else ("transpose_a", "transpose_b"))]
    if batched and any(turned) and x.dtype.is_complex:
        raise ValueError("conjugate transposes of complex matrices are not supported")
    return r.apply(node, "MatMul", x, y, transpose_a=turned[0], transpose_b=turned[1])


def _gather(r: Any, node: Any) -> Any:
    return r.apply(node, "GatherV2", *r.inputs(node), axis=0, batch_dims=0)


def _over_last_axis(r: Any, node: Any) -> Any:
    return r.apply(node, node.op, *r.inputs(node), axis=-1)


def _batch_norm(r: Any, node: Any) -> Any:
    training = from_attr(node.attr["is_training"]) if "is_training" in node.attr else True
    inputs = r.inputs(node)
    epsilon = node.attr["epsilon"].f if "epsilon" in node.attr else 1e-4
    data_format = node.attr["data_format"].s.decode() or "NHWC"
    given = inputs[:3] if training else inputs
    attrs = {"epsilon": epsilon, "data_format": data_format, "is_training": bool(training)}
    return r.apply(node, "FusedBatchNormV3", *given, **attrs)


def _strided_slice(r: Any, node: Any) -> Any:
    x, *rows = r.inputs(node)
    columns = [[int(n) for n in known(t)] for t in rows]
    mask = {m: node.attr[f"{m}_mask"].i for m in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    items: list[Any] = []
    for k, (start, stop, step) in enumerate(zip(*columns, strict=True)):
        bit = 1 << k
        if mask["ellipsis"] & bit:
            items.append("rest")
        elif mask["new_axis"] & bit:
            items.append("new")
        elif mask["shrink_axis"] & bit:
            items.append(("at", start))
        else:
            ends = (None if mask["begin"] & bit else start, None if mask["end"] & bit else stop)
            items.append(("slice", *ends, None if step == 1 else step))
    return r.apply(node, "StridedSlice", x, items=tuple(items))


def known(t: Tensor) -> np.ndarray:
    """The value of a tensor that has to be known while the graph is built. ValueError if it is not."""
    if t.spec.value is None:
        raise ValueError(f"{t} has to be a constant here")
    return np.asarray(t.spec.value)


SPECIAL: dict[str, Callable[[Any, Any], Any]] = {
    "AddV2": _add,
    "Assign": _assign,
    "AssignAdd": _assign,
    "AssignAddVariableOp": _assign,
    "AssignSub": _assign,
    "AssignSubVariableOp": _assign,
    "AssignVariableOp": _assign,
    "BatchMatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "Const": _const,
    "Div": _div,
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV2": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "Gather": _gather,
    "Identity": _identity,
    "IsVariableInitialized": _is_initialized,
    "LogSoftmax": _over_last_axis,
    "MatMul": _matmul,
    "Placeholder": _placeholder,
    "PlaceholderWithDefault": _placeholder_with_default,
    "ReadVariableOp": _read_variable,
    "Softmax": _over_last_axis,
    "SoftmaxCrossEntropyWithLogits": _over_last_axis,
    "StridedSlice": _strided_slice,
    "VarHandleOp": _variable,
    "VarIsInitializedOp": _is_initialized,
    "Variable": _variable,
    "VariableV2": _variable,
    **tables.READERS,
    **tabular.READERS,
}
