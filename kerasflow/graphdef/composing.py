"""Operations that take several nodes of TensorFlow's: what gradients are made of, and sums of exponentials.

Each rule takes the writer and the operation, and gives the last node, which is called as the operation is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.tensor import Operation

__all__ = ["RULES"]

_SHAPE = {"out_type": types.int32}


def _shape_of(w: Any, o: Operation, i: int, suffix: str) -> str:
    name: str = w.beside(o, suffix, "Shape", [o.inputs[i]], T=o.inputs[i].dtype, **_SHAPE)
    return name


def _reshape_like(w: Any, o: Operation) -> Any:
    shape = _shape_of(w, o, 1, "shape")
    return w.node(o.name, "Reshape", [o.inputs[0], shape], T=o.inputs[0].dtype, Tshape=types.int32)


def _broadcast_like(w: Any, o: Operation) -> Any:
    shape = _shape_of(w, o, 1, "shape")
    return w.node(o.name, "BroadcastTo", [o.inputs[0], shape], T=o.inputs[0].dtype, Tidx=types.int32)


def _sum_to(w: Any, o: Operation) -> Any:
    """The sum over the axes along which the second input was broadcast to the first."""
    dtype = o.inputs[0].dtype
    given, wanted = _shape_of(w, o, 0, "given"), _shape_of(w, o, 1, "shape")
    axes = w.beside(o, "BroadcastGradientArgs", "BroadcastGradientArgs", [wanted, given], T=types.int32)
    total = w.beside(o, "Sum", "Sum", [o.inputs[0], axes], T=dtype, Tidx=types.int32, keep_dims=False)
    return w.node(o.name, "Reshape", [total, wanted], T=dtype, Tshape=types.int32)


def _kept_shape(w: Any, o: Operation, axis: Any, shape: str) -> str:
    """`shape`, that of the second input, with 1 for the axes that a reduction took away."""
    ones = w.constant(o, "ones", np.ones(len(axis), np.int32))
    places = w.constant(o, "axes", np.array(axis, np.int32))
    rank = w.beside(o, "rank", "Rank", [o.inputs[1]], T=o.inputs[1].dtype)
    first, step = w.constant(o, "first", np.int32(0)), w.constant(o, "step", np.int32(1))
    order = w.beside(o, "range", "Range", [first, rank, step], Tidx=types.int32)
    name: str = w.beside(o, "kept", "DynamicStitch", [order, places, shape, ones], N=2, T=types.int32)
    return name


def _axes(o: Operation) -> Any:
    """The axes of the reduction of the second input, from the front; None if its rank is not known."""
    axis, rank = o.attrs.get("axis"), o.inputs[1].shape.ndims
    if rank is None:
        return None
    return tuple(range(rank)) if axis is None else tuple(a % rank for a in axis)


def _spread(w: Any, o: Operation) -> Any:
    axes = _axes(o)
    if axes is None:
        return None
    dtype = o.inputs[0].dtype
    shape = _shape_of(w, o, 1, "shape")
    kept = _kept_shape(w, o, axes, shape)
    column = w.beside(o, "column", "Reshape", [o.inputs[0], kept], T=dtype, Tshape=types.int32)
    return w.node(o.name, "BroadcastTo", [column, shape], T=dtype, Tidx=types.int32)


def _divide_by_count(w: Any, o: Operation) -> Any:
    axes = _axes(o)
    if axes is None:
        return None
    dtype = o.inputs[0].dtype
    places, zero = w.constant(o, "axes", np.array(axes, np.int32)), w.constant(o, "zero", np.int32(0))
    inputs = [_shape_of(w, o, 1, "shape"), places, zero]
    sizes = w.beside(o, "sizes", "GatherV2", inputs, Tparams=types.int32, Tindices=types.int32, Taxis=types.int32)
    count = w.beside(o, "count", "Prod", [sizes, zero], T=types.int32, Tidx=types.int32, keep_dims=False)
    divisor = w.beside(o, "divisor", "Cast", [count], SrcT=types.int32, DstT=dtype)
    return w.node(o.name, "RealDiv", [o.inputs[0], divisor], T=dtype)


def _zero_unless(w: Any, o: Operation) -> Any:
    x, condition = o.inputs
    zeros = w.beside(o, "zeros", "ZerosLike", [x], T=x.dtype)
    return w.node(o.name, "Select", [condition, x, zeros], T=x.dtype)


def _log_sum_exp(w: Any, o: Operation) -> Any:
    """``log sum exp (x - m) + m`` with m the largest number, or 0 where that is infinite."""
    x, axis = o.inputs[0], o.attrs.get("axis")
    if axis is None and x.dims is None:
        return None
    dtype = x.dtype
    axes = w.constant(o, "axes", np.array(range(len(x.dims or ())) if axis is None else axis, np.int32))
    reduced = {"T": dtype, "Tidx": types.int32}
    largest = w.beside(o, "Max", "Max", [x, axes], keep_dims=True, **reduced)
    finite = w.beside(o, "IsFinite", "IsFinite", [largest], T=dtype)
    zeros = w.beside(o, "zeros", "ZerosLike", [largest], T=dtype)
    shift = w.beside(o, "Select", "Select", [finite, largest, zeros], T=dtype)
    parts = w.beside(o, "Exp", "Exp", [w.beside(o, "Sub", "Sub", [x, shift], T=dtype)], T=dtype)
    keeps = bool(o.attrs.get("keepdims", False))
    total = w.beside(o, "Sum", "Sum", [parts, axes], keep_dims=keeps, **reduced)
    logarithm = w.beside(o, "Log", "Log", [total], T=dtype)
    if not keeps:
        shape = w.beside(o, "Shape", "Shape", [logarithm], T=dtype, **_SHAPE)
        shift = w.beside(o, "Reshape", "Reshape", [shift, shape], T=dtype, Tshape=types.int32)
    return w.node(o.name, "Add", [logarithm, shift], T=dtype)


def _normal_share(w: Any, o: Operation) -> Any:
    """``erfc(-x / sqrt 2) / 2``."""
    (x,) = o.inputs
    scale, half = (np.asarray(c, x.dtype.numpy) for c in (-math.sqrt(0.5), 0.5))
    turned = w.beside(o, "mul", "Mul", [x, w.constant(o, "scale", scale)], T=x.dtype)
    tail = w.beside(o, "Erfc", "Erfc", [turned], T=x.dtype)
    return w.node(o.name, "Mul", [tail, w.constant(o, "half", half)], T=x.dtype)


def _sigmoid_cross_entropy(w: Any, o: Operation) -> Any:
    """``max(x, 0) - x z + log(1 + exp(-|x|))``, Keras and TensorFlow's own form of it."""
    x, z = o.inputs
    dtype = x.dtype
    top = w.beside(o, "Relu", "Relu", [x], T=dtype)
    product = w.beside(o, "mul", "Mul", [x, z], T=dtype)
    away = w.beside(o, "Neg", "Neg", [w.beside(o, "Abs", "Abs", [x], T=dtype)], T=dtype)
    tail = w.beside(o, "Log1p", "Log1p", [w.beside(o, "Exp", "Exp", [away], T=dtype)], T=dtype)
    return w.node(o.name, "Add", [w.beside(o, "sub", "Sub", [top, product], T=dtype), tail], T=dtype)


RULES: dict[str, Callable[[Any, Operation], Any]] = {
    "BroadcastLike": _broadcast_like,
    "DivideByCount": _divide_by_count,
    "LogSumExp": _log_sum_exp,
    "Ndtr": _normal_share,
    "ReshapeLike": _reshape_like,
    "SigmoidCrossEntropyWithLogits": _sigmoid_cross_entropy,
    "Spread": _spread,
    "SumTo": _sum_to,
    "ZeroUnless": _zero_unless,
}
